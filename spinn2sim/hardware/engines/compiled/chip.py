"""One chip in the compiled engine: its arrays, its compiled loop, and what is done between two calls of that.

If all programs have a compiled `kernel`, these are compiled together with the loop; otherwise the programs are called from Python.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_models.jit.by_reference import ByRef
from spinn2sim.hardware.board.link_options import LinkPorts
from spinn2sim.hardware.board.shape import core_name
from spinn2sim.hardware.counters import Counters
from spinn2sim.hardware.engines.compiled import limits, setup
from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.engines.compiled.broken_setup import break_machine, carry_out
from spinn2sim.hardware.engines.compiled.delivery import flush_fifos
from spinn2sim.hardware.engines.compiled.dma_copies import CopyTable
from spinn2sim.hardware.engines.compiled.fused import compile_play
from spinn2sim.hardware.engines.compiled.growth import lengthen, make_room
from spinn2sim.hardware.engines.compiled.part_counters import collect_counters
from spinn2sim.hardware.engines.compiled.route_tables import RouteTables
from spinn2sim.hardware.engines.compiled.state import EngineState
from spinn2sim.hardware.faults.part_faults import PartFaults
from spinn2sim.hardware.network.event_scheduler import EventScheduler
from spinn2sim.hardware.network.machine import Machine, long_refused
from spinn2sim.hardware.packet import Key
from spinn2sim.hardware.plan import PhasePlan, Plan
from spinn2sim.hardware.program import Program
from spinn2sim.hardware.recording import Recorder
from spinn2sim.hardware.rows import ROW_TYPE, TICK_TYPE

# How many trace rows are collected before the recorder gets them. That takes half a millisecond each time.
TRACE_ROWS = 1 << 16


class CompiledChip:
    """Plays the plan of one chip. Tables are made and code is compiled when the first part is run.

    DRAM arrays are looked up at each call of the loop.
    """

    def __init__(
        self,
        plan: Plan,
        programs: Sequence[Program],
        dram: Mapping[str, NDArray[Any]],
        recorder: Recorder | None,
        ports: LinkPorts | None = None,
    ) -> None:
        """On a board, `ports` are the chip's links."""
        self._plan = plan
        self._programs = programs
        self._dram = dram
        self.recorder = recorder
        self._ports = ports
        self._ready = False
        self.state: EngineState
        self._referenced: EngineState | None = None  # the state that `_reference` points to
        self._reference: Any = None
        self._faults: PartFaults | None = None
        self._dram_arrays: list[NDArray[Any] | None] = []
        self._schedules: list[setup.ScheduleTable] = []

    @property
    def registers(self) -> NDArray[np.int64]:
        """The single numbers of the state."""
        return self.state.registers

    def begin(
        self, phases: Callable[[int], Sequence[PhasePlan]], batches: int, start_q: int, number: int, faults: PartFaults | None = None
    ) -> None:  # fmt: skip
        """Begin a part of `batches` batches, whose first packet has this number."""
        self.prepare()
        plan = self._plan
        setup.reset(self.state, plan, self._routes, start_q, number, self._sends)
        self.state = setup.with_schedule(self.state, self._schedule(phases(0), phases(1)))
        self._set_traced(batches)
        self._faults = faults
        if faults is not None:
            self.state = break_machine(self.state, faults)

    def set_batches(self, first: int, last: int) -> None:
        """Have `play` stop when batch `last` is over; the next one to begin is `first`."""
        registers = self.registers
        registers[at.BATCH], registers[at.BATCH_LAST] = first, last
        registers[at.SCHEDULE_ROW] = registers[at.LATER_ROW] if first else 0
        ticks = registers[at.LATER_TICKS if first else at.FIRST_TICKS]
        registers[at.SCHEDULE_END] = registers[at.SCHEDULE_ROW] + ticks

    def jump(self, batch: int) -> None:
        """Let `batch`, not the first, begin next, at its own instant, earlier or later, on a chip at rest; what was counted is kept."""
        state, registers = self.state, self.registers
        number = registers[at.FIRST_TICKS] + (batch - 1) * registers[at.LATER_TICKS]
        quanta = registers[at.FIRST_QUANTA] + (batch - 1) * registers[at.LATER_QUANTA]
        registers[at.TICK_NUMBER] = number
        registers[[at.NOW, at.BASE, at.NEXT_INTERRUPT]] = registers[at.PART_START] + quanta
        state.stage[:, [at.STAGE_FREE_AT, at.STAGE_WAIT_FIRST, at.STAGE_WAIT_LAST]] = 0
        state.core[:, [at.CORE_BUSY_UNTIL, at.CORE_NEXT_ORDER]] = 0
        state.core[:, at.CORE_LAST_SEND] = -1
        registers[at.BURST_FREE_AT] = registers[at.WAY_IN_HELD_UNTIL] = 0
        registers[at.ENGINES_FIRST : at.ENGINES_LAST] = 0

    def is_quiet(self) -> bool:
        """Whether what has happened has no effect on what begins with the next tick, and no PE has missed a tick so far.

        Nothing is on its way or in a FIFO or an outbox, no PE is busy, no channel and no engine of the event router is held.
        """
        state, registers = self.state, self.registers
        open_counts = [
            at.OPEN_DELIVERIES,
            at.UNSENT_DELIVERIES,
            at.BURSTS_ENDING,
            at.BURSTS_UNDER_WAY,
            at.QUEUED,
            at.LATE_PES,
        ]
        stage, core, engines = (
            state.stage.max(axis=0),
            state.core.max(axis=0),
            registers[at.ENGINES_FIRST : at.ENGINES_LAST],
        )
        held_until = max(
            stage[at.STAGE_FREE_AT], core[at.CORE_BUSY_UNTIL], *engines.tolist(), registers[at.BURST_FREE_AT]
        )
        return not (
            registers[[*open_counts, at.FAULT]].any()
            or state.outbox.count[0]
            or stage[at.STAGE_QUEUED]
            or core[at.CORE_LOST_TICKS]
            or max(held_until, core[at.CORE_LAST_SEND] + 1) > registers[at.NEXT_INTERRUPT]
        )

    def first_untraced(self, batches: int) -> int:
        """Return the first batch of a part, after its first one, from which on none is traced."""
        traced = np.flatnonzero(self.state.traced[:batches].any(axis=1))
        return max(1, int(traced.max(initial=0)) + 1)

    def written_arrays(self) -> list[str]:
        """Name the arrays in DRAM that transfers write."""
        ends = np.unique(self.state.dma_copies[:, at.DMA_TO_DRAM])
        return [name for number, name in enumerate(self._copies.names) if number in ends]

    def stop_timer(self) -> None:
        """Begin no further tick, so that `play` stops when the chip is quiet."""
        registers = self.registers
        registers[at.LAST_EVENT] = max(registers[at.LAST_EVENT], registers[at.NEXT_INTERRUPT])
        registers[at.NEXT_INTERRUPT] = at.FOREVER

    def flush(self, now: int) -> int:
        """Settle the packets that are still in FIFOs as late, when all is quiet at `now`. Returns how many there were."""
        self.registers[at.LAST_EVENT] = self.registers[at.NOW] = now
        return int(flush_fifos(self.reference(), now))

    def play(self) -> None:
        """Play to the end of the batches or of the part."""
        while True:
            self.find_dram()
            status = int(self._play(self._program_states, self.reference()))
            if status in (at.BATCH_OVER, at.QUIET):
                return
            self.help(status)

    def help(self, status: int) -> None:
        """Do what the loop asks for with another status: enlarge arrays, write the trace. Raises the exceptions of Engine.run_part."""
        if status == at.NO_ROOM:
            self.state = make_room(self.state)
        elif status == at.TRACE_FULL:
            self.write_trace()
            registers = self.registers
            opened = int(registers[at.OPEN_DELIVERIES] + registers[at.UNSENT_DELIVERIES])
            opened *= int(registers[at.TIMES_DELIVERED])
            if opened > len(self.state.trace_rows):
                self.state = self.state._replace(trace_rows=np.zeros(2 * opened, ROW_TYPE))
        elif status == at.ACTION_DUE and self._faults is not None:
            self.state = carry_out(self.state, self._faults)
        else:
            self._raise_fault()

    def make_room_to_take(self) -> None:
        """Enlarge the arrays of what comes over links."""
        self.state = self.state._replace(link_in=lengthen(self.state.link_in, 2 * self.state.link_in.shape[1]))

    def write_trace(self) -> None:
        """Give the collected trace rows to the recorder."""
        registers = self.registers
        if self.recorder and registers[at.TRACE_ROWS]:
            self.recorder.extend(self.state.trace_rows[: registers[at.TRACE_ROWS]])
        if self.recorder and registers[at.WAKE_ROWS]:
            self.recorder.extend_ticks(self.state.wake_rows[: registers[at.WAKE_ROWS]])
        registers[at.TRACE_ROWS] = registers[at.WAKE_ROWS] = 0

    def counters(self) -> Counters:
        """Return the counters of the part, which balance. Raises BalanceError."""
        counters = collect_counters(self.state, self._routes)
        counters.balance()
        return counters

    def reference(self) -> Any:
        """The state as kernels take it, by reference. The reference is made again if an array of the state was replaced."""
        if self._referenced is not self.state:
            self._referenced, self._reference = self.state, ByRef(self.state)
        return self._reference

    def prepare(self) -> None:
        """Make the tables and compile the loop, if that is not done yet."""
        if self._ready:
            return
        plan, programs = self._plan, self._programs
        self._routes = RouteTables(Machine(plan, programs, self._dram, None, EventScheduler(0, 0), None, self._ports))
        self._copies = CopyTable(self._routes.machine.dma.bursts)
        self.state = setup.make_state(plan, programs, self._routes, self._copies)
        if self._ports is None:
            self._play, self._program_states, self._kept = compile_play(programs)
        self._sends = setup.most_sends(plan, programs)
        self._ready = True

    def _schedule(self, first: Sequence[PhasePlan], later: Sequence[PhasePlan]) -> setup.ScheduleTable:
        """The table of a schedule, which is made once for the same phases."""
        for table in self._schedules:
            if table.phases[0] is first and table.phases[1] is later:
                return table
        self._schedules = [*self._schedules[-3:], setup.schedule_table(first, later)]
        return self._schedules[-1]

    def _set_traced(self, batches: int) -> None:
        """Ask the recorder which batches' packets and wakes it wants, and make room for their rows."""
        recorder = self.recorder
        wanted = [(recorder.wants(b), recorder.wants_wakes(b)) if recorder else (False, False) for b in range(batches)]
        traced = np.array(wanted, np.uint8).reshape(batches, 2)
        self.state = setup.with_arrays(self.state, traced=traced)
        if traced.any() and not len(self.state.trace_rows):
            self.state = self.state._replace(
                trace_rows=np.zeros(TRACE_ROWS, ROW_TYPE), wake_rows=np.zeros(TRACE_ROWS, TICK_TYPE)
            )

    def find_dram(self) -> None:
        """Look up where the DRAM's arrays are if the host has replaced any of them."""
        arrays = [self._dram.get(name) for name in self._copies.names]
        known = self._dram_arrays
        if len(arrays) != len(known) or any(a is not b for a, b in zip(arrays, known, strict=True)):
            self.state.dram[:] = self._copies.find_dram(self._dram)
            self._dram_arrays = arrays

    def _raise_fault(self) -> None:
        """Raise the exception that the discrete-event engine raises for the same fault."""
        fault, a, b = (int(self.state.registers[n]) for n in (at.FAULT, at.FAULT_A, at.FAULT_B))
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
        if fault == at.FAULT_LONG:
            raise long_refused(a)
        if fault == at.FAULT_PAST:
            raise ValueError(
                f"{Key.unpack(b)} comes over {core_name(a)}, but the board's plan (`crossing`) says that no PE sends it"
            )
        if fault == at.FAULT_LINK:
            raise ValueError(f"{Key.unpack(b)} from PE {a} leads over a link, but the plan has none in this tick")
        raise limits.send_too_late(a, b)
