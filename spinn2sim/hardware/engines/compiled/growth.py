"""Makes room for more packets, deliveries and sends between two calls of the loop: packets are renumbered, and small arrays grow."""

from __future__ import annotations

from typing import Any

import numpy as np

from firmware_models.jit.by_reference import ByRef
from spinn2sim.hardware.engines.compiled import limits
from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.engines.compiled.delivery import close_gaps
from spinn2sim.hardware.engines.compiled.send import keep_unsent, packets_coming
from spinn2sim.hardware.engines.compiled.setup import row_length
from spinn2sim.hardware.engines.compiled.state import EngineState, Words, aligned
from spinn2sim.hardware.program import make_inbox, make_outbox

# Arrays of [..., capacity] whose content must be kept.
CAPACITY_ARRAYS = ("arrival_key", "copy_word", "burst_key", "burst_word")


def make_room(state: EngineState) -> EngineState:
    """Renumber the packets, and enlarge what is still too small. Raises ScenarioError at the engine's limits."""
    registers = state.registers
    renumber_packets(state)
    reference: Any = ByRef(state)
    keep_unsent(reference)
    left, coming = int(state.outbox.count[0]), int(packets_coming(reference))
    opened = int(registers[at.TIMES_DELIVERED] * (registers[at.OPEN_DELIVERIES] + registers[at.UNSENT_DELIVERIES]))
    packets = int(registers[at.PACKETS_USED]) + left + coming
    sends = int(registers[at.SENDS_PER_INSTANT]) + left
    changed: dict[str, Any] = {}
    if opened > state.arrival_key.shape[1]:
        changed |= enlarge_capacity(state, row_length(2 * opened))
    if packets > len(state.packets) // 2:
        limits.check_packets(packets)
        rows = min(2 * packets, limits.MOST_PACKETS)
        changed["packets"] = more_rows(state.packets, rows)
        if len(state.long):
            changed["long"] = more_rows(state.long, rows)
    if sends > len(state.sends):
        limits.check_sends(sends)
        changed |= enlarge_outbox(state, 2 * sends)
    leaving = int(registers[at.LEFT_BY_LINK : at.IN_FIRST].max() + registers[at.LINK_OPEN])
    if leaving > state.link_out.shape[1]:
        changed["link_out"] = lengthen(state.link_out, 2 * leaving)
    injections = int(registers[at.INJECTIONS]) + opened + sends
    if registers[at.BREAKS] and injections > len(state.broken.injections):
        longer = more_rows(state.broken.injections, 2 * injections)
        changed["broken"] = state.broken._replace(injections=longer)
    return state._replace(**changed)


def enlarge_capacity(state: EngineState, capacity: int) -> dict[str, Any]:
    """Return the arrays enlarged for up to `capacity` open deliveries."""
    changed: dict[str, Any] = {name: widen(getattr(state, name), capacity) for name in CAPACITY_ARRAYS}
    changed["fifo"] = aligned((len(state.fifo), capacity, 2))
    changed["fifo"][:, : state.fifo.shape[1]] = state.fifo
    changed["wait_start"] = widen(state.wait_start, 2 * capacity)
    for name in ("scratch_key", "scratch_word", "way_in"):
        changed[name] = np.zeros(capacity, np.int64)
    changed["inbox"] = make_inbox(len(state.inbox.first), capacity, len(state.long) > 0)
    return changed


def enlarge_outbox(state: EngineState, size: int) -> dict[str, Any]:
    """Return the outbox and its sorting arrays, enlarged to `size` entries."""
    outbox = make_outbox(size, len(state.long) > 0)
    columns: list[tuple[Any, Any]] = list(zip(state.outbox, outbox, strict=True))
    for old, new in columns:
        new[: len(old)] = old
    return {
        "outbox": outbox,
        "sends": more_rows(state.sends, size),
        "send_key": np.zeros(size, np.int64),
        "scratch_send": np.zeros(size, np.int64),
    }


def widen(array: Words, columns: int) -> Words:
    """Return a copy with more columns."""
    found = aligned((*array.shape[:-1], columns))
    found[..., : array.shape[-1]] = array
    return found


def more_rows(table: Words, rows: int) -> Words:
    """Return a copy of a table with more rows."""
    found = aligned((rows, table.shape[1]))
    found[: len(table)] = table
    return found


def lengthen(crossings: Words, rows: int) -> Words:
    """Return an array of crossings with room for `rows` on each link."""
    found = np.zeros((len(crossings), rows, crossings.shape[2]), np.int64)
    found[:, : crossings.shape[1]] = crossings
    return found


def renumber_packets(state: EngineState) -> None:
    """Give the packets that are in the network or in a FIFO the indices from 0 on, in their order, and move BASE to the present."""
    registers = state.registers
    elapsed = int(registers[at.NOW] - registers[at.BASE])
    reference: Any = ByRef(state)
    for core in range(len(state.core)):
        close_gaps(reference, core, registers[at.NOW])
    queues = [state.arrival_key[stage, :n] for stage, n in enumerate(state.stage[:, at.STAGE_QUEUED])]
    queues.append(state.burst_key[: registers[at.BURSTS_ENDING]])
    fifos = [
        state.fifo[core, int(row[at.CORE_HEAD]) : int(row[at.CORE_TAIL]), at.FIFO_WORD]
        for core, row in enumerate(state.core)
    ]
    indices = [(keys >> at.INDEX_SHIFT) & at.INDEX_MASK for keys in queues]
    indices += [words >> at.FIFO_SEGMENT_BITS for words in fifos]
    alive = np.unique(np.concatenate(indices))
    new_index = np.zeros(len(state.packets), np.int64)
    new_index[alive] = np.arange(len(alive))
    for keys in queues:
        index = (keys >> at.INDEX_SHIFT) & at.INDEX_MASK
        if len(keys):
            limits.check_wait(elapsed - int(keys.min() >> at.TIME_SHIFT))
        keys += ((new_index[index] - index) << at.INDEX_SHIFT) - (elapsed << at.TIME_SHIFT)
    for words in fifos:
        index = words >> at.FIFO_SEGMENT_BITS
        words += (new_index[index] - index) << at.FIFO_SEGMENT_BITS
    state.packets[: len(alive)] = state.packets[alive]
    if len(state.long):
        state.long[: len(alive)] = state.long[alive]
    registers[at.PACKETS_USED] = len(alive)
    registers[at.BASE] = registers[at.NOW]
