"""Quantisation of weights to what the synapses of the substrate can hold: a few bits, and a largest weight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.experiments.substrate.substrate_settings import SubstrateSettings

Floats = NDArray[np.float64]


class QuantisedWeights(NamedTuple):
    """Weights (n_out, n_in) of each layer as the synapses hold them, and how many of each layer were clipped."""

    weights: tuple[Floats, ...]
    clipped: tuple[int, ...]


def quantise_weights(weights: Sequence[Floats], settings: SubstrateSettings) -> QuantisedWeights:
    """Clip each weight to the layer's limit and round it to the nearest code, 0 .. 2^bits - 1 with a sign; ties go to the even code."""
    held, clipped = list[Floats](), list[int]()
    for layer, wanted in enumerate(weights):
        largest = settings.weight_limit(layer)
        clipped.append(int(np.count_nonzero(np.abs(wanted) > largest)))
        within = np.clip(wanted, -largest, largest)
        if settings.weight_bits is not None and largest < np.inf:
            step = largest / ((1 << settings.weight_bits) - 1)
            within = np.rint(within / step) * step
        held.append(within)
    return QuantisedWeights(tuple(held), tuple(clipped))
