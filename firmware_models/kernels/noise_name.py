"""How the noise of stochastic rounding is named, so that a quantity gets the same bits on whichever PE it is rounded."""

from __future__ import annotations

from typing import NamedTuple

from firmware_models.fixedpoint import Word, noise_stream
from firmware_models.jit.compiler import kernel


class NoiseName(NamedTuple):
    """The part (by its seed), the batch, the sample's slot in it, the population and the step in which something is rounded."""

    seed: Word
    batch: Word
    slot: Word
    layer: Word
    step: Word


@kernel
def named_stream(name: NoiseName, quantity: Word) -> Word:
    """The stream of one quantity; the words of a stream are named by neuron or synapse."""
    return noise_stream(name.seed, name.batch, name.slot, name.layer, name.step, quantity)
