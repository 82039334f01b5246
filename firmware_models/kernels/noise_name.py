"""Names for the noise of stochastic rounding, by which a quantity gets the same bits on whichever PE it is rounded."""

from __future__ import annotations

from typing import NamedTuple

from firmware_models.fixedpoint import Word, noise_stream
from firmware_models.jit.compiler import kernel


class NoiseName(NamedTuple):
    """The part (by its seed), batch, slot of the sample, population and step in which something is rounded."""

    seed: Word
    batch: Word
    slot: Word
    layer: Word
    step: Word


@kernel
def named_stream(name: NoiseName, quantity: Word) -> Word:
    """Return the stream of one quantity; a word of the stream belongs to a neuron or a synapse."""
    return noise_stream(name.seed, name.batch, name.slot, name.layer, name.step, quantity)
