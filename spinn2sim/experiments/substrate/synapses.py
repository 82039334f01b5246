"""What the synapses can hold of the weights that the host wishes: a few bits, and a largest weight; it knows no circuit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.experiments.substrate.settings import Settings

Floats = NDArray[np.float64]


class Held(NamedTuple):
    """Weights (n_out, n_in) per layer as the synapses hold them, and how many in each were beyond the largest one."""

    weights: tuple[Floats, ...]
    clipped: tuple[int, ...]


def hold(weights: Sequence[Floats], settings: Settings) -> Held:
    """Each weight as the nearest code, 0 .. 2^bits - 1 with a sign; ties go to the even code."""
    held, clipped = list[Floats](), list[int]()
    for layer, wished in enumerate(weights):
        largest = settings.largest(layer)
        clipped.append(int(np.count_nonzero(np.abs(wished) > largest)))
        within = np.clip(wished, -largest, largest)
        if settings.weight_bits is not None and largest < np.inf:
            step = largest / ((1 << settings.weight_bits) - 1)
            within = np.rint(within / step) * step
        held.append(within)
    return Held(tuple(held), tuple(clipped))
