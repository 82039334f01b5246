"""The compiled engine: the same times, counts and results as the discrete-event engine, without an object per packet.

It never names a program. Programs that bring a compiled `kernel` run in one compiled loop with the network; others are called from Python.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_models.jit.by_reference import ByRef
from spinn2sim.hardware.engines.base import Engine, EngineResult
from spinn2sim.hardware.engines.compiled import setup
from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.engines.compiled.counters import count
from spinn2sim.hardware.engines.compiled.delivery import flush
from spinn2sim.hardware.engines.compiled.dma_copies import Strips
from spinn2sim.hardware.engines.compiled.fused import play_of
from spinn2sim.hardware.engines.compiled.routes import Ways
from spinn2sim.hardware.engines.compiled.state import Net
from spinn2sim.hardware.engines.tick_timer import phases_of
from spinn2sim.hardware.network.machine import Machine
from spinn2sim.hardware.packet import Part
from spinn2sim.hardware.plan import Plan
from spinn2sim.hardware.program import Program
from spinn2sim.hardware.recording import Recorder
from spinn2sim.hardware.rows import ROW_TYPE, TICK_TYPE
from spinn2sim.hardware.units import QUANTA_PER_US

ROWS = 1 << 14


class Compiled(Engine):
    """Looks up the DRAM's arrays at the start of each stretch of batches."""

    def __init__(
        self,
        plan: Plan,
        programs: Sequence[Program],
        dram: Mapping[str, NDArray[Any]],
        recorder: Recorder | None = None,
    ) -> None:
        super().__init__(plan, programs, dram, recorder)
        self._ready = False
        self._net: Net
        self._ref: ByRef[Net] | None = None
        self._laid: list[NDArray[Any] | None] = []

    def run_part(
        self,
        part: Part,
        epoch: int,
        batches: int,
        start_q: int,
        on_batch: Callable[[int], None] | None = None,
        every: int = 1,
    ) -> EngineResult:
        """See Engine."""
        self._prepare()
        recorder, plan, phases = self._recorder, self._plan, phases_of(self._plan.schedule, part)
        sequence = recorder.sequence_base if recorder else 0
        setup.reset(self._net, plan, self._ways, start_q, sequence, setup.most_sends(plan, self._programs))
        self._net = setup.with_schedule(self._net, phases(0), phases(1))
        self._trace(batches)
        try:
            done, stretch = 0, 1  # short at first: who watches sees soon that it goes
            while done < batches:
                end = min(done + stretch, batches)
                self._batches(done, end - 1)
                if on_batch is not None:
                    on_batch(end - 1)
                done, stretch = end, min(2 * stretch, every)
            self._finish()
        finally:
            self._write()
        clock = self._net.clock
        if recorder:
            recorder.sequence_base = int(clock[at.SEQ])
        counters = count(self._net, self._ways)
        counters.balance()
        return EngineResult(-(-int(clock[at.LAST]) // QUANTA_PER_US) * QUANTA_PER_US, counters)

    def _prepare(self) -> None:
        """Tables and compiled code, when they are first needed."""
        if self._ready:
            return
        plan, programs = self._plan, self._programs
        self._ways = Ways(Machine(plan, programs, self._dram, None, 0, 0))
        self._strips = Strips(self._ways.machine.dma.bursts)
        self._net = setup.make_net(plan, programs, self._ways, self._strips)
        self._play, self._states = play_of(programs)
        self._ready = True

    def _trace(self, batches: int) -> None:
        """Ask the recorder which batches' packets and wakes it wants, and make room for their rows."""
        recorder = self._recorder
        wanted = [(recorder.wants(b), recorder.wants_wakes(b)) if recorder else (False, False) for b in range(batches)]
        traced = np.array(wanted, np.uint8).reshape(batches, 2)
        self._net = self._net._replace(traced=traced)
        if traced.any() and not len(self._net.rows):
            self._net = self._net._replace(rows=np.zeros(ROWS, ROW_TYPE), tick_rows=np.zeros(ROWS, TICK_TYPE))

    def _batches(self, batch: int, last: int) -> None:
        """Play batches `batch` to `last`."""
        clock = self._net.clock
        clock[at.BATCH], clock[at.BATCH_LAST] = batch, last
        clock[at.TICK] = clock[at.LATER_AT] if batch else 0
        clock[at.TICK_END] = clock[at.TICK] + clock[at.LATER_TICKS if batch else at.FIRST_TICKS]
        self._go_on()

    def _finish(self) -> None:
        """The timer has stopped: until the chip is quiet; what FIFOs still hold then is late."""
        clock = self._net.clock
        clock[at.LAST] = max(clock[at.LAST], clock[at.TIMER])
        clock[at.TIMER] = at.FOREVER
        self._go_on()
        while flush(self._seen(), clock[at.LAST]):
            clock[at.NOW] = clock[at.LAST]
            self._go_on()

    def _go_on(self) -> None:
        """Play to the end of the batch, or of the part, with what the loop cannot do itself in between."""
        while True:
            self._look_up()
            status = self._play(self._states, self._seen())
            if status in (at.BATCH_OVER, at.QUIET):
                return
            if status == at.NO_ROOM:
                self._net = setup.more_room(self._net)
            elif status == at.ROWS_FULL:
                self._write()
                opened = int(self._net.clock[at.OPEN] + self._net.clock[at.NEW_DUE])
                if opened > len(self._net.rows):
                    self._net = self._net._replace(rows=np.zeros(2 * opened, ROW_TYPE))
            else:
                self._complain()

    def _seen(self) -> Any:
        """The net as kernels get it."""
        if self._ref is None or self._ref.value is not self._net:
            self._ref = ByRef(self._net)
        return self._ref

    def _look_up(self) -> None:
        """Find the DRAM's arrays, if the host has laid others there."""
        laid = [self._dram.get(name) for name in self._strips.names]
        if len(laid) != len(self._laid) or any(a is not b for a, b in zip(laid, self._laid, strict=True)):
            self._net.dram[:] = self._strips.rows(self._dram)
            self._laid = laid

    def _write(self) -> None:
        """Give the trace rows to the recorder."""
        clock = self._net.clock
        if self._recorder and clock[at.ROWS]:
            self._recorder.extend(self._net.rows[: clock[at.ROWS]])
        if self._recorder and clock[at.TICK_ROWS]:
            self._recorder.extend_ticks(self._net.tick_rows[: clock[at.TICK_ROWS]])
        clock[at.ROWS] = clock[at.TICK_ROWS] = 0

    def _complain(self) -> None:
        """Raise what the discrete-event engine would."""
        what, a, b = (int(self._net.clock[k]) for k in (at.FAULT, at.FAULT_A, at.FAULT_B))
        names = {t.number: t.name for t in self._plan.transfers}
        if what == at.FAULT_ISSUER:
            issuer = next(t.issuer for t in self._plan.transfers if t.number == b)
            raise ValueError(f"transfer {names[b]}: core {a} starts it, but the plan gives it to core {issuer}")
        if what == at.FAULT_TRANSFER:
            raise KeyError(b)
        if what == at.FAULT_ROW:
            raise IndexError(f"transfer {self._strips.owner[a]}: row {b} of a DRAM array")
        if what == at.FAULT_ARRAY:
            raise KeyError(f"transfer {self._strips.owner[a]}: its DRAM array is not there")
        if what == at.FAULT_ORDER:
            raise ValueError(f"core {a} sends more than {b} packets in one wake")
        raise setup.too_late(a, b)
