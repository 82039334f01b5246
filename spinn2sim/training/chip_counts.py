"""Adds up what the chips of a run count in a part: spikes, saturations and the like in programs' states, and the engine's counters.

What optimizer PEs count is taken of the first chip alone: those of all chips make the same update of the same weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from operator import add

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.board.shape import Chip
from spinn2sim.hardware.counters import Counters
from spinn2sim.hardware.engines.base import EngineResult

Ints = NDArray[np.int64]


def total_counters(chips: Sequence[Chip], results: Sequence[EngineResult]) -> Counters:
    """Add up the counters of a board's chips, except those of channels and routing tables, which are each chip's own."""
    return reduce(add, (_without_places(chip, result.counters) for chip, result in zip(chips, results, strict=True)))


def _without_places(chip: Chip, counters: Counters) -> Counters:
    """Return the counters that all chips have, the first losses with the chip."""
    nothing = np.zeros(0, np.int64)
    return replace(
        counters,
        channel_names=(),
        channel_flits=nothing,
        channel_busy_q=nothing,
        channel_longest=nothing,
        entry_hits=nothing,
        first={what: first._replace(chip=chip) for what, first in counters.first.items()},
    )
