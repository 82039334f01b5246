"""The compiled engine's record of injections: rows of integers, as hardware.faults.injections describes them."""

from __future__ import annotations

from firmware_models.jit.compiler import kernels_of
from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.engines.compiled.state import EngineState, Word
from spinn2sim.hardware.faults import injections as column
from spinn2sim.hardware.faults.injections import FaultOutcome

kernel = kernels_of(__package__)
DETECTED = int(FaultOutcome.DETECTED)
LOST = int(FaultOutcome.LOST)


@kernel
def add_injection(state: EngineState, kind: Word, place: Word, bit: Word, tick: Word, instant: Word, seq: Word) -> Word:
    """Append a row of an injection that is lost until it is found otherwise. Returns its number; there is room for it."""
    number = state.registers[at.INJECTIONS]
    state.registers[at.INJECTIONS] = number + 1
    state.broken.injected[kind] += 1
    row = state.broken.injections[number]
    row[column.KIND], row[column.PLACE], row[column.WORD], row[column.BIT] = kind, place, column.NONE, bit
    row[column.TICK], row[column.AT], row[column.SEQ], row[column.OUTCOME] = tick, instant, seq, LOST
    return number


@kernel
def raise_outcome(state: EngineState, number: Word, outcome: Word) -> None:
    """Raise the outcome of an injection."""
    row = state.broken.injections[number]
    row[column.OUTCOME] = max(row[column.OUTCOME], outcome)


@kernel
def note_detected(state: EngineState, index: Word, core: Word, outcome: Word) -> None:
    """Note that a delivery of packet `index` to `core` was not on time."""
    packet = state.packets[index]
    if packet[at.PACKET_TRANSFER] < 0 and packet[at.PACKET_ARGUMENT] > 0:
        raise_outcome(state, packet[at.PACKET_ARGUMENT] - 1, DETECTED)
    if outcome == at.EARLY or outcome == at.LATE:
        state.broken.off_time[core] = 1
        state.broken.off_time[packet[at.PACKET_SOURCE] >> at.ORDER_BITS] = 1


@kernel
def no_room_for_injections(state: EngineState, opened: Word) -> bool:
    """Whether there may be too little room for the injections of an instant with so many open deliveries."""
    needed = state.registers[at.INJECTIONS] + opened + state.registers[at.SENDS_PER_INSTANT]
    return bool(needed > state.broken.injections.shape[0])
