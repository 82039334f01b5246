"""Packet kinds, key fields, phases and the layout of words in DRAM, as plain integers, like a header file of the firmware.

Tests check that kinds, fields and phases are those of spinn2sim.hardware.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_models.fixedpoint import Word
from firmware_models.jit.compiler import kernel

# Constants that kernels pass to each other are typed, since numba would compile a function again for every literal argument.
SPIKE, ERROR, WEIGHTS, GUARD = np.int64(0), np.int64(1), np.int64(2), np.int64(3)
WITHOUT_PAYLOAD, WITH_PAYLOAD, WITH_LONG_PAYLOAD = np.uint8(0), np.uint8(1), np.uint8(4)
ZERO = np.int64(0)
LOAD, FORWARD, LOSS, BACKWARD, REDUCE, UPDATE, EXCHANGE = 0, 1, 2, 3, 4, 5, 6
KIND_SHIFT, COPY_SHIFT, LAYER_SHIFT = 30, 22, 18
COPY_MASK, LAYER_MASK, NEURON_MASK = 0xFF, 0xF, 0x3FFFF
# Keys of the populations beyond the first 16 are wide: the mark in place of the two highest bits of the copy, then other fields.
WIDE_SHIFT, WIDE_COPY_SHIFT, WIDE_LAYER_SHIFT = 28, 25, 13
WIDE_MARK, WIDE_COPY_MASK, WIDE_LAYER_MASK, WIDE_NEURON_MASK = 3, 0x7, 0xFFF, 0x1FFF
NO_TRANSFER = -1

# Saturations are counted per quantity.
SAT_WEIGHT, SAT_STATE, SAT_ADJOINT, SAT_ERROR = 0, 1, 2, 3

# A word of a spike list in DRAM is step << STEP_SHIFT | input.
STEP_SHIFT = 16
INPUT_MASK = (1 << STEP_SHIFT) - 1
# The label of a copy that has no sample in this batch.
NO_SAMPLE = -1
# A DRAM transfer is aligned to 16 bytes (chip-paper, portal).
ALIGNED_WORDS = 4

Int32s = NDArray[np.int32]
Int64s = NDArray[np.int64]
Mailbox = Any  # an engine's Inbox or Outbox, a structure of flat arrays


class Tick(NamedTuple):
    """What a program learns of a timer interrupt, with the fields of spinn2sim.hardware.program.TimerTick."""

    phase: int
    step: int
    batch: int


def aligned_words(words: int) -> int:
    """Round a number of 32-bit words up to the 16 bytes of a DRAM transfer."""
    return -(-words // ALIGNED_WORDS) * ALIGNED_WORDS


@kernel
def key_kind(key: Word) -> Word:
    """Return the kind of a key, its two highest bits."""
    return np.int64(key) >> KIND_SHIFT


@kernel
def is_wide(key: Word) -> bool:
    """Whether a key is that of a population beyond the first 16."""
    return bool((key >> WIDE_SHIFT) & WIDE_MARK == WIDE_MARK)


@kernel
def key_layer(key: Word) -> Word:
    """Return the layer field of a key: the position of a population in the graph."""
    word = np.int64(key)
    if is_wide(word):
        return (word >> WIDE_LAYER_SHIFT) & WIDE_LAYER_MASK
    return (word >> LAYER_SHIFT) & LAYER_MASK


@kernel
def key_neuron(key: Word) -> Word:
    """Return the neuron field of a key."""
    word = np.int64(key)
    return word & (WIDE_NEURON_MASK if is_wide(word) else NEURON_MASK)


@kernel
def make_key(kind: Word, copy: Word, layer: Word, neuron: Word) -> Word:
    """Make a key: kind 2 bits | copy 8 | layer 4 | neuron 18; beyond layer 15: kind 2 | 11 | copy 3 | layer 12 | neuron 13."""
    if layer > LAYER_MASK:
        return (
            (np.int64(kind) << KIND_SHIFT)
            | np.int64(WIDE_MARK << WIDE_SHIFT)
            | (np.int64(copy) << WIDE_COPY_SHIFT)
            | (np.int64(layer) << WIDE_LAYER_SHIFT)
            | np.int64(neuron)
        )
    return (
        (np.int64(kind) << KIND_SHIFT)
        | (np.int64(copy) << COPY_SHIFT)
        | (np.int64(layer) << LAYER_SHIFT)
        | np.int64(neuron)
    )


@kernel
def send(outbox: Mailbox, row: Word, key: Word, payload: Word, has_payload: Word, cycle: Word) -> None:
    """Append one packet that leaves `cycle` core cycles after the wake."""
    at = outbox.count[0]
    outbox.row[at] = row
    outbox.key[at] = np.uint32(key)
    outbox.payload[at] = np.int32(payload)
    outbox.has_payload[at] = np.uint8(has_payload)
    outbox.cycle[at] = cycle
    outbox.transfer[at] = NO_TRANSFER
    outbox.argument[at] = 0
    outbox.count[0] = at + 1


@kernel
def send_long(outbox: Mailbox, row: Word, key: Word, first: Word, second: Word, cycle: Word) -> None:
    """Append one packet with 128 bits of payload, two words of 64. The plan must have such packets."""
    at = outbox.count[0]
    send(outbox, row, key, ZERO, WITH_LONG_PAYLOAD, cycle)
    outbox.long[at, 0] = first
    outbox.long[at, 1] = second


@kernel
def start_transfer(outbox: Mailbox, row: Word, number: Word, argument: Word, cycle: Word) -> None:
    """Append the start of a DMA transfer; `argument` is the row of a DRAM array if one end is in DRAM."""
    at = outbox.count[0]
    outbox.row[at] = row
    outbox.key[at] = np.uint32(0)
    outbox.payload[at] = np.int32(0)
    outbox.has_payload[at] = np.uint8(0)
    outbox.cycle[at] = cycle
    outbox.transfer[at] = number
    outbox.argument[at] = argument
    outbox.count[0] = at + 1
