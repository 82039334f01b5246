"""Puts the faults of a part into the compiled engine's tables, and carries out what happens at the begin of a tick."""

from __future__ import annotations

from bisect import bisect_right as bisect
from collections.abc import Sequence
from typing import Any

import numpy as np

from firmware_models.jit.by_reference import ByRef
from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.engines.compiled.broken_deliveries import begin_drifting_tick
from spinn2sim.hardware.engines.compiled.broken_tables import nothing_broken
from spinn2sim.hardware.engines.compiled.send import match_key
from spinn2sim.hardware.engines.compiled.state import EngineState, Words
from spinn2sim.hardware.faults.injections import NONE, FaultKind
from spinn2sim.hardware.faults.part_faults import Action, PartFaults
from spinn2sim.hardware.routing_table import WORD_BITS


def break_machine(state: EngineState, faults: PartFaults) -> EngineState:
    """Return a machine that has been reset and has its schedule with what breaks in a part."""
    broken = nothing_broken(len(state.stage), state.lines)
    healthy = state.broken.healthy
    healthy[:, at.HEALTHY_ROW] = NONE
    state.lines[:, at.LINE_KEY], state.lines[:, at.LINE_MASK] = healthy[:, at.HEALTHY_KEY], healthy[:, at.HEALTHY_MASK]
    for channel, down in faults.down.items():
        broken.down[channel] = down.at_q, down.row
    used = [core for core in faults.drifts if core in faults.cores]
    for n, core in enumerate(used):
        broken.drifts[n, at.DRIFT_CORE], broken.drifts[n, at.DRIFT_PPB] = core, faults.drifts[core][0]
        broken.drift_of[core] = n
    log = faults.log
    broken = broken._replace(injections=log.table, injected=log.injected, healthy=healthy)
    state = state._replace(broken=broken)
    _set_registers(state.registers, faults, len(used))
    _follow_table(state)
    for n in range(len(used)):
        begin_drifting_tick(_reference(state), n, 0)
    return state


def _set_registers(registers: Words, faults: PartFaults, drifting: int) -> None:
    rates = faults.rates
    registers[at.BREAKS], registers[at.FAULT_STREAM] = 1, faults.stream
    registers[at.DROP_BELOW], registers[at.DOUBLE_BELOW] = rates.drop, rates.double
    registers[at.KEY_FLIP_BELOW], registers[at.PAYLOAD_FLIP_BELOW] = rates.key_flip, rates.payload_flip
    registers[at.TIMES_DELIVERED] = 2 if rates.double else 1
    registers[at.INJECTIONS], registers[at.NEXT_ACTION] = faults.log.count, _tick_of(faults.actions, 0)
    registers[at.DRIFTING], registers[at.PART_TICKS] = drifting, faults.ticks.count
    registers[at.CHANNELS_DOWN] = int(bool(faults.down))
    if faults.down:  # the bypass does not look at the channels that it leaves out
        registers[at.BYPASS_ALLOWED] = 0


def carry_out(state: EngineState, faults: PartFaults) -> EngineState:
    """Carry out the actions of the tick that begins, and return the state, whose record of injections may have grown."""
    registers, tick = state.registers, int(state.registers[at.NEXT_ACTION])
    fetch_injections(state, faults)
    first, last = (bisect(faults.actions, tick + after, key=lambda action: action.tick) for after in (-1, 0))
    for action in faults.actions[first:last]:
        if action.kind is FaultKind.SRAM_FLIP:
            faults.flip_word(action)
        elif action.kind is FaultKind.HUNG_PE:
            faults.note_hung(action, _hang(state, action.place, tick))
        else:
            entry = faults.note_table_flip(action)
            if entry is not None:
                _flip_line(state, entry, action.bit, faults.flipped_entries[entry])
                _follow_table(state)
    registers[at.INJECTIONS] = faults.log.count
    registers[at.NEXT_ACTION] = _tick_of(faults.actions, last)
    if faults.log.table is state.broken.injections:
        return state
    return state._replace(broken=state.broken._replace(injections=faults.log.table))


def fetch_injections(state: EngineState, faults: PartFaults) -> None:
    """Give the record of injections, which kernels write to, to the part's log."""
    faults.log.table, faults.log.count = state.broken.injections, int(state.registers[at.INJECTIONS])
    faults.off_time = set(np.flatnonzero(state.broken.off_time).tolist())


def _tick_of(actions: Sequence[Action], n: int) -> int:
    return actions[n].tick if n < len(actions) else at.NO_ACTION


def _hang(state: EngineState, core: int, tick: int) -> int:
    """Have a PE wake no more, and lose the tick that waits for it. Returns how many ticks it had lost before."""
    row = state.core[core]
    before = int(row[at.CORE_LOST_TICKS])
    if row[at.CORE_PENDING] != at.NO_TICK and row[at.CORE_BUSY_UNTIL] != at.FOREVER:
        row[at.CORE_LOST_TICKS] += 1
        state.registers[at.LATE_PES] -= 1
        state.registers[at.LAST_EVENT] = max(state.registers[at.LAST_EVENT], row[at.CORE_BUSY_UNTIL])
    row[at.CORE_PENDING], row[at.CORE_BUSY_UNTIL] = tick, at.FOREVER
    return before


def _flip_line(state: EngineState, entry: int, bit: int, row: int) -> None:
    """Flip a bit of a line of the table, which row `row` of the injections records."""
    state.lines[entry, at.LINE_KEY if bit < WORD_BITS else at.LINE_MASK] ^= 1 << bit % WORD_BITS
    state.broken.healthy[entry, at.HEALTHY_ROW] = row
    state.registers[at.LINES_FLIPPED] = 1


def _follow_table(state: EngineState) -> None:
    """Look up the lines of all multicast bursts anew, and forget the lines of keys that were looked up before."""
    state.cached[:] = 0
    for transfer in state.transfers:
        if transfer[at.TRANSFER_LINE] != at.DIRECT and transfer[at.TRANSFER_FLITS]:
            line = int(match_key(_reference(state), int(transfer[at.TRANSFER_KEY])))
            due, hops = state.lines[line, at.LINE_DUE], state.lines[line, at.LINE_HOPS]
            transfer[at.TRANSFER_LINE], transfer[at.TRANSFER_DUE] = line, due
            transfer[at.TRANSFER_HOPS] = transfer[at.TRANSFER_TO_ROUTER_HOPS] + hops


def _reference(state: EngineState) -> Any:
    return ByRef(state)
