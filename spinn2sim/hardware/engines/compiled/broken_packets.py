"""What breaks when a packet is sent: bits of its key or payload, and the line of the table that it takes.

Column ARGUMENT of a packet, which only bursts use otherwise, holds 1 + the row of the injection by which it goes astray, or 0.
"""

from __future__ import annotations

import numpy as np

from firmware_models.jit.compiler import kernels_of
from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.engines.compiled.injection_rows import DETECTED, LOST, add_injection, raise_outcome
from spinn2sim.hardware.engines.compiled.state import EngineState, Word, Words
from spinn2sim.hardware.faults import injections as column
from spinn2sim.hardware.faults.draws import (
    KEY_DRAW,
    LAST_BIT,
    LAST_LONG_BIT,
    NO_FLIP,
    PAYLOAD_DRAW,
    flipped_bit,
    packet_stream,
)
from spinn2sim.hardware.faults.injections import FaultKind
from spinn2sim.hardware.routing_table import NO_ENTRY, first_match

kernel = kernels_of(__package__)
KEY_FLIP, PAYLOAD_FLIP = np.int64(FaultKind.KEY_FLIP), np.int64(FaultKind.PAYLOAD_FLIP)
NONE = np.int64(column.NONE)


@kernel
def flip_packet(state: EngineState, i: Word, source: Word, tick: Word, sent: Word) -> None:
    """Flip a bit of the key of outbox entry `i`, or else of its payload, if that is its draw."""
    outbox, registers = state.outbox, state.registers
    outbox.argument[i] = 0
    packet = packet_stream(registers[at.FAULT_STREAM], tick, source)
    bit, kind = flipped_bit(packet, KEY_DRAW, registers[at.KEY_FLIP_BELOW], LAST_BIT), KEY_FLIP
    if bit != NO_FLIP:
        outbox.key[i] = np.uint32(np.int64(outbox.key[i]) ^ (np.int64(1) << bit))
    elif outbox.has_payload[i]:
        long = outbox.has_payload[i] == at.LONG
        last = LAST_LONG_BIT if long else LAST_BIT
        bit, kind = flipped_bit(packet, PAYLOAD_DRAW, registers[at.PAYLOAD_FLIP_BELOW], last), PAYLOAD_FLIP
        if bit != NO_FLIP and long:
            outbox.long[i, bit >> 6] ^= np.int64(1) << (bit & 63)
        elif bit != NO_FLIP:
            # The sign bit changes with all bits above it, so that the word fits again.
            mask = np.int64(1) << bit if bit < 31 else -(np.int64(1) << bit)
            outbox.payload[i] = np.int32(np.int64(outbox.payload[i]) ^ mask)
    if bit != NO_FLIP:
        row = add_injection(state, kind, source >> at.ORDER_BITS, bit, tick, sent, NONE)
        outbox.argument[i] = row + 1


@kernel
def name_packet(state: EngineState, packet: Words, injection: Word) -> None:
    """Keep the injection (1 + its row, or 0) with a packet that leaves, and the packet's number with the injection if a bit was flipped."""
    packet[at.PACKET_ARGUMENT] = injection
    if injection > 0:
        row = state.broken.injections[injection - 1]
        if row[column.KIND] == KEY_FLIP or row[column.KIND] == PAYLOAD_FLIP:
            row[column.SEQ] = packet[at.PACKET_SEQ]


@kernel
def note_packet_line(state: EngineState, i: Word, line: Word) -> None:
    """Note the line that outbox entry `i` takes in a table of which lines have changed."""
    if state.registers[at.LINES_FLIPPED]:
        flip = flip_astray(state, np.int64(state.outbox.key[i]), line)
        if flip >= 0 and state.outbox.argument[i] == 0:
            state.outbox.argument[i] = flip + 1


@kernel
def note_burst_line(state: EngineState, number: Word) -> Word:
    """Return the line that a transfer takes, and note it if lines have changed."""
    transfer = state.transfers[state.transfer_row[number]]
    line = transfer[at.TRANSFER_LINE]
    if line != at.DIRECT and state.registers[at.LINES_FLIPPED]:
        flip_astray(state, transfer[at.TRANSFER_KEY], line)
    return line


@kernel
def flip_astray(state: EngineState, key: Word, line: Word) -> Word:
    """Return the injection by which a key takes `line` and not the one that it would take in a healthy table; NONE if it is the same."""
    none, healthy = state.lines.shape[0] - 1, state.broken.healthy
    meant = first_match(healthy[:none, at.HEALTHY_KEY], healthy[:none, at.HEALTHY_MASK], key)
    meant = none if meant == NO_ENTRY else meant
    if meant == line:
        return NONE
    flip = healthy[meant, at.HEALTHY_ROW]
    if flip < 0:
        flip = healthy[line, at.HEALTHY_ROW]
    raise_outcome(state, flip, DETECTED if line == none else LOST)
    return flip
