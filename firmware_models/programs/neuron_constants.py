"""The constants of a group's neurons, which depend on their time constants."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_models.firmware_constants import FirmwareConstants, NeuronConstants, neuron_constants
from firmware_models.programs.group_program import Group, column


def population_constants(c: FirmwareConstants, group: Group) -> list[NeuronConstants]:
    """Return the constants of a group's population: one set if all its neurons have the same time constants, otherwise one per neuron."""
    return [neuron_constants(c.options, *taus) for taus in group.time_constants]


def per_share(
    c: FirmwareConstants, group: Group, name: str, width: int, dtype: type[np.generic] = np.int64
) -> NDArray[Any]:
    """Return the constant `name` of each neuron of each PE's share, [pe, width]; 0 beyond a share."""
    values = np.array([getattr(one, name) for one in population_constants(c, group)], dtype)
    found = np.zeros((len(group.cores), width), dtype)
    for row, (first, size) in enumerate(zip(column(group, "first"), column(group, "size"), strict=True)):
        found[row, :size] = values if len(values) == 1 else values[first : first + size]
    return found
