"""The compiled engine, called from Python: it plays a part of a run, several batches per call of the compiled loop.

If all programs have a compiled `kernel`, these are compiled together with the loop; otherwise the programs are called from Python.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_models.jit.by_reference import ByRef
from spinn2sim.hardware.engines.base import Engine, EngineResult
from spinn2sim.hardware.engines.compiled import limits, setup
from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.engines.compiled.broken_setup import break_machine, carry_out, fetch_injections
from spinn2sim.hardware.engines.compiled.delivery import flush_fifos
from spinn2sim.hardware.engines.compiled.dma_copies import CopyTable
from spinn2sim.hardware.engines.compiled.fused import compile_play
from spinn2sim.hardware.engines.compiled.growth import make_room
from spinn2sim.hardware.engines.compiled.part_counters import collect_counters
from spinn2sim.hardware.engines.compiled.route_tables import RouteTables
from spinn2sim.hardware.engines.compiled.state import EngineState
from spinn2sim.hardware.faults.part_faults import PartFaults
from spinn2sim.hardware.network.machine import Machine
from spinn2sim.hardware.packet import Part
from spinn2sim.hardware.part_ticks import phases_of
from spinn2sim.hardware.plan import Plan
from spinn2sim.hardware.program import Program
from spinn2sim.hardware.recording import Recorder
from spinn2sim.hardware.rows import ROW_TYPE, TICK_TYPE
from spinn2sim.hardware.units import QUANTA_PER_US

# How many trace rows are collected before the recorder gets them.
TRACE_ROWS = 1 << 14


class Compiled(Engine):
    """The compiled engine. Tables are made and code is compiled when the first part is run."""

    def __init__(
        self,
        plan: Plan,
        programs: Sequence[Program],
        dram: Mapping[str, NDArray[Any]],
        recorder: Recorder | None = None,
    ) -> None:
        super().__init__(plan, programs, dram, recorder)
        self._ready = False
        self._state: EngineState
        self._referenced: EngineState | None = None  # the state that `_reference` points to
        self._reference: Any = None
        self._faults: PartFaults | None = None
        self._dram_arrays: list[NDArray[Any] | None] = []

    def run_part(
        self,
        part: Part,
        epoch: int,
        batches: int,
        start_q: int,
        on_batch: Callable[[int], None] | None = None,
        every: int = 1,
    ) -> EngineResult:
        """Run a part (see Engine.run_part). DRAM arrays are looked up at each call of the loop."""
        self._refuse_overflow(part, batches, start_q)
        self._prepare()
        plan, phases, sequence = self._plan, phases_of(self._plan.schedule, part), self._first_number()
        setup.reset(self._state, plan, self._routes, start_q, sequence, setup.most_sends(plan, self._programs))
        self._state = setup.with_schedule(self._state, phases(0), phases(1))
        self._set_traced(batches)
        self._faults = self._faults_of(part, epoch, batches, start_q)
        if self._faults is not None:
            self._state = break_machine(self._state, self._faults)
        try:
            # The first call plays one batch, so that `on_batch` is called soon.
            done, stretch = 0, 1
            while done < batches:
                end = min(done + stretch, batches)
                self._play_batches(done, end - 1)
                if on_batch is not None:
                    on_batch(end - 1)
                done, stretch = end, min(2 * stretch, every)
            self._play_to_the_end()
        finally:
            self._write_trace()
        registers = self._state.registers
        self._keep_number(int(registers[at.NEXT_SEQ]))
        counters = collect_counters(self._state, self._routes)
        counters.balance()
        end_q = -(-int(registers[at.LAST_EVENT]) // QUANTA_PER_US) * QUANTA_PER_US
        if self._faults is None:
            return EngineResult(end_q, counters)
        fetch_injections(self._state, self._faults)
        return EngineResult(end_q, counters, self._faults.finish(counters))

    def _prepare(self) -> None:
        """Make the tables and compile the loop, if that is not done yet."""
        if self._ready:
            return
        plan, programs = self._plan, self._programs
        self._routes = RouteTables(Machine(plan, programs, self._dram, None, 0, 0))
        self._copies = CopyTable(self._routes.machine.dma.bursts)
        self._state = setup.make_state(plan, programs, self._routes, self._copies)
        self._play, self._program_states, self._kept = compile_play(programs)
        self._ready = True

    def _set_traced(self, batches: int) -> None:
        """Ask the recorder which batches' packets and wakes it wants, and make room for their rows."""
        recorder = self._recorder
        wanted = [(recorder.wants(b), recorder.wants_wakes(b)) if recorder else (False, False) for b in range(batches)]
        traced = np.array(wanted, np.uint8).reshape(batches, 2)
        self._state = self._state._replace(traced=traced)
        if traced.any() and not len(self._state.trace_rows):
            self._state = self._state._replace(
                trace_rows=np.zeros(TRACE_ROWS, ROW_TYPE), wake_rows=np.zeros(TRACE_ROWS, TICK_TYPE)
            )

    def _play_batches(self, first: int, last: int) -> None:
        """Play batches `first` to `last`."""
        registers = self._state.registers
        registers[at.BATCH], registers[at.BATCH_LAST] = first, last
        registers[at.SCHEDULE_ROW] = registers[at.LATER_ROW] if first else 0
        ticks = registers[at.LATER_TICKS if first else at.FIRST_TICKS]
        registers[at.SCHEDULE_END] = registers[at.SCHEDULE_ROW] + ticks
        self._continue()

    def _play_to_the_end(self) -> None:
        """Stop the timer and play until the chip is quiet. Packets that are still in FIFOs then are late."""
        registers = self._state.registers
        registers[at.LAST_EVENT] = max(registers[at.LAST_EVENT], registers[at.NEXT_INTERRUPT])
        registers[at.NEXT_INTERRUPT] = at.FOREVER
        self._continue()
        while flush_fifos(self._reference_for_kernels(), registers[at.LAST_EVENT]):
            registers[at.NOW] = registers[at.LAST_EVENT]
            self._continue()

    def _continue(self) -> None:
        """Play to the end of the last batch or of the part, and enlarge arrays and write the trace whenever the loop asks for it."""
        while True:
            self._find_dram()
            status = self._play(self._program_states, self._reference_for_kernels())
            if status in (at.BATCH_OVER, at.QUIET):
                return
            if status == at.NO_ROOM:
                self._state = make_room(self._state)
            elif status == at.TRACE_FULL:
                self._write_trace()
                registers = self._state.registers
                opened = int(registers[at.OPEN_DELIVERIES] + registers[at.UNSENT_DELIVERIES])
                opened *= int(registers[at.TIMES_DELIVERED])
                if opened > len(self._state.trace_rows):
                    self._state = self._state._replace(trace_rows=np.zeros(2 * opened, ROW_TYPE))
            elif status == at.ACTION_DUE and self._faults is not None:
                self._state = carry_out(self._state, self._faults)
            else:
                self._raise_fault()

    def _reference_for_kernels(self) -> Any:
        """The state as kernels take it, by reference. The reference is made again if an array of the state was replaced."""
        if self._referenced is not self._state:
            self._referenced, self._reference = self._state, ByRef(self._state)
        return self._reference

    def _find_dram(self) -> None:
        """Look up where the DRAM's arrays are if the host has replaced any of them."""
        arrays = [self._dram.get(name) for name in self._copies.names]
        known = self._dram_arrays
        if len(arrays) != len(known) or any(a is not b for a, b in zip(arrays, known, strict=True)):
            self._state.dram[:] = self._copies.find_dram(self._dram)
            self._dram_arrays = arrays

    def _write_trace(self) -> None:
        """Give the collected trace rows to the recorder."""
        registers = self._state.registers
        if self._recorder and registers[at.TRACE_ROWS]:
            self._recorder.extend(self._state.trace_rows[: registers[at.TRACE_ROWS]])
        if self._recorder and registers[at.WAKE_ROWS]:
            self._recorder.extend_ticks(self._state.wake_rows[: registers[at.WAKE_ROWS]])
        registers[at.TRACE_ROWS] = registers[at.WAKE_ROWS] = 0

    def _raise_fault(self) -> None:
        """Raise the exception that the discrete-event engine raises for the same fault."""
        fault, a, b = (int(self._state.registers[n]) for n in (at.FAULT, at.FAULT_A, at.FAULT_B))
        names = {transfer.number: transfer.name for transfer in self._plan.transfers}
        if fault == at.FAULT_ISSUER:
            issuer = next(transfer.issuer for transfer in self._plan.transfers if transfer.number == b)
            raise ValueError(f"transfer {names[b]}: core {a} starts it, but the plan gives it to core {issuer}")
        if fault == at.FAULT_TRANSFER:
            raise KeyError(b)
        if fault == at.FAULT_ROW:
            raise IndexError(f"transfer {self._copies.owner[a]}: row {b} of a DRAM array")
        if fault == at.FAULT_ARRAY:
            raise KeyError(f"transfer {self._copies.owner[a]}: its DRAM array is not there")
        if fault == at.FAULT_ORDER:
            raise ValueError(f"core {a} sends more than {b} packets in one wake")
        raise limits.send_too_late(a, b)
