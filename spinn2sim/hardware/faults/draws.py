"""Draws from a hash that counts: each draw has a name (part, tick, sender, order, receiver), so that no engine and no thread changes it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_models.fixedpoint import mix
from firmware_models.jit.compiler import kernels_of
from spinn2sim.hardware.dynamic_faults import PPB, RATE_BITS

kernel = kernels_of(__package__)
Word = Any  # inside a kernel an int64, outside any integer

# Constants that kernels pass to each other are typed, since numba would compile a function again for every literal argument.
UNHARMED, DROPPED, DOUBLED = (np.int64(fate) for fate in range(3))
NO_FLIP = np.int64(-1)
# The last bit of a key or a payload of 32 bits, and that of a payload of 128.
LAST_BIT, LAST_LONG_BIT = np.int64(31), np.int64(127)
RATE_MASK = (1 << RATE_BITS) - 1
POSITIVE = (1 << 63) - 1
# Parts of a draw's name that are no core ids.
DOUBLE_DRAW, BIT_DRAW, KEY_DRAW, PAYLOAD_DRAW, SRAM_DRAW, TABLE_DRAW, PLACE_DRAW, TICK_DRAW = (
    np.int64(name) for name in range(1000, 1008)
)


@kernel
def happens(word: Word, threshold: Word) -> bool:
    """Whether something with this threshold happens, by the low bits of a hash."""
    return bool((word & RATE_MASK) < threshold)


@kernel
def below(word: Word, count: Word) -> Word:
    """Return a number in [0, count)."""
    return (word & POSITIVE) % count


@kernel
def packet_stream(stream: Word, tick: Word, source: Word) -> Word:
    """Return the stream of a packet, by the number of its tick and its sender's core << 20 | order."""
    return mix(mix(stream, tick), source)


@kernel
def fate_of_delivery(packet: Word, core: Word, drop: Word, double: Word) -> Word:
    """Return whether the delivery of a packet, by its stream, to a core is UNHARMED, DROPPED or DOUBLED."""
    word = mix(packet, core)
    if happens(word, drop):
        return DROPPED
    if happens(mix(word, DOUBLE_DRAW), double):
        return DOUBLED
    return UNHARMED


@kernel
def flipped_bit(packet: Word, draw: Word, threshold: Word, last: Word) -> Word:
    """Return which of bits 0 to `last` is flipped, or NO_FLIP; `draw` is KEY_DRAW or PAYLOAD_DRAW, `last` LAST_BIT or LAST_LONG_BIT."""
    word = mix(packet, draw)
    return mix(word, BIT_DRAW) & last if happens(word, threshold) else NO_FLIP


@kernel
def drifted(elapsed_q: Word, ppb: Word) -> Word:
    """Return when a clock that drifts has counted `elapsed_q` quanta, rounded down. Split so that 64 bits suffice for any run."""
    whole, rest = elapsed_q // PPB, elapsed_q % PPB
    return elapsed_q + whole * ppb + rest * ppb // PPB


@kernel
def draw_hits(stream: Word, batches: Word, places: NDArray[np.int64], threshold: Word, hits: NDArray[np.int64]) -> Word:
    """Write a row (batch, place, word of the draw) for each batch and place that is hit; returns how many, of which some may not fit."""
    count = 0
    for batch in range(batches):
        of_batch = mix(stream, batch)
        for place in places:
            word = mix(of_batch, place)
            if happens(word, threshold):
                if count < hits.shape[0]:
                    hits[count, 0] = batch
                    hits[count, 1] = place
                    hits[count, 2] = word
                count += 1
    return count
