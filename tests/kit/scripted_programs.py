"""Programs without neurons for tests of machine and engine: what each PE sends in which tick is written down.

A test describes a chip by `Script`s, one per core, and calls `build`. Ticks are numbered by the program itself (its own wakes' batch,
step), so a script is keyed by (batch, step).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.engines.base import EngineResult
from spinn2sim.hardware.engines.discrete_event import DiscreteEvent
from spinn2sim.hardware.faults.injections import Injections
from spinn2sim.hardware.packet import LONG_PAYLOAD, Key, Kind, Part, Phase, RoutingEntry, part_words
from spinn2sim.hardware.plan import Group, PhasePlan, Plan, Schedule, Transfer
from spinn2sim.hardware.program import NO_TRANSFER, Inbox, Outbox, TimerTick
from spinn2sim.scenario.keys import Trace
from spinn2sim.trace.recorder import TraceRecorder
from spinn2sim.trace.tables import Columns

CORE_Q = 40
EXACT = 0xFFFFFFFF


class Send(NamedTuple):
    """One outbox entry: a packet, or a transfer by its number."""

    key: int = 0
    cycle: int = 0
    payload: int = 0  # of a long packet both words, joined
    has_payload: int = 0
    transfer: int = NO_TRANSFER
    argument: int = 0


@dataclass
class Script:
    """What one PE does: `sends[(batch, step)]`, its busy cycles in each wake, and error keys that it finds no spike for."""

    sends: dict[tuple[int, int], list[Send]] = field(default_factory=dict)
    busy: dict[tuple[int, int], int] = field(default_factory=dict)
    unmatched: frozenset[int] = frozenset()


class Memory(NamedTuple):
    """State that transfers read and write: 64 words per PE."""

    words: NDArray[np.int64]


class Taken(NamedTuple):
    """What a PE found at a wake."""

    core: int
    batch: int
    step: int
    keys: tuple[int, ...]
    payloads: tuple[int, ...]


class ScriptedProgram:
    """Plays scripts; keeps what each wake found in `log`."""

    def __init__(self, name: str, cores: Sequence[int], scripts: dict[int, Script]) -> None:
        self.name = name
        self.rows = len(cores)
        self.cores = tuple(cores)
        self.scripts = scripts
        lists = [sends for script in scripts.values() for sends in script.sends.values()]
        self.outbox_capacity = max([1, *map(len, lists)])
        self.memory = Memory(np.zeros((self.rows, 64), np.int64))
        self.log: list[Taken] = []
        self.data_words = (("words", 1),)
        self.at_wake: Callable[[int, TimerTick], None] | None = None

    @property
    def state(self) -> Memory:
        """What transfers move."""
        return self.memory

    def step(
        self, pe_first: int, pe_last: int, tick: TimerTick, inbox: Inbox, outbox: Outbox, cycles: NDArray[np.int64]
    ) -> None:
        """Note what is there, send what the script says, be busy as it says."""
        for row in range(pe_first, pe_last):
            script = self.scripts.get(self.cores[row], Script())
            here = slice(int(inbox.first[row]), int(inbox.last[row]))
            keys = tuple(inbox.key[here].tolist())
            payloads = (*inbox.payload[here].tolist(), *inbox.long[here].ravel().tolist())
            self.log.append(Taken(self.cores[row], tick.batch, tick.step, keys, payloads))
            for at in range(here.start, here.stop):
                if int(inbox.key[at]) in script.unmatched:
                    inbox.matched[at] = 0
            if self.at_wake is not None:
                self.at_wake(self.cores[row], tick)
            for send in script.sends.get((tick.batch, tick.step), ()):
                _append(outbox, row, send)
            cycles[row] = script.busy.get((tick.batch, tick.step), 0)


def _append(outbox: Outbox, row: int, send: Send) -> None:
    at = int(outbox.count[0])
    outbox.row[at], outbox.key[at] = row, send.key
    long = send.has_payload == LONG_PAYLOAD
    outbox.payload[at], outbox.has_payload[at] = 0 if long else send.payload, send.has_payload
    if long and len(outbox.long):  # without room the engine must refuse
        outbox.long[at] = part_words(send.payload)
    outbox.cycle[at], outbox.transfer[at], outbox.argument[at] = send.cycle, send.transfer, send.argument
    outbox.count[0] = at + 1


def spike(neuron: int, copy: int = 0, layer: int = 1) -> int:
    """A spike key."""
    return Key(Kind.SPIKE, copy, layer, neuron).pack()


def error(neuron: int, copy: int = 0, layer: int = 1) -> int:
    """An error key."""
    return Key(Kind.ERROR, copy, layer, neuron).pack()


def to(key: int, *cores: int, mask: int = EXACT) -> RoutingEntry:
    """A line of the routing table."""
    return RoutingEntry(key, mask, cores)


@dataclass
class Chip:
    """A plan with scripted programs, ready to run. `run` returns counts; `rows` are the trace's columns of the last part."""

    plan: Plan
    program: ScriptedProgram
    dram: dict[str, NDArray[Any]]
    recorder: TraceRecorder | None
    rows: Columns = field(default_factory=dict)
    wakes: Columns = field(default_factory=dict)
    injections: list[Injections | None] = field(default_factory=list)

    def run(
        self,
        batches: int = 1,
        part: Part = Part.TRAIN,
        epoch: int = 1,
        start_q: int = 0,
        engine: type[Any] = DiscreteEvent,
    ) -> EngineResult:
        """One part."""
        if self.recorder:
            self.recorder.begin_part(epoch, part, np.arange(batches * self.plan.copies))
        chip = engine(self.plan, [self.program], self.dram, self.recorder)
        result: EngineResult = chip.run_part(part, epoch, batches, start_q)
        if self.recorder:
            self.rows = self.recorder.end_part()
        return result

    def delivered(self) -> list[tuple[int, int]]:
        """(destination core, delivered_q - sent_q) of each row."""
        late = self.rows["delivered_q"] - self.rows["sent_q"]  # type: ignore[operator]
        return list(zip(self.rows["dst_pe"].tolist(), late.tolist(), strict=True))


def build(  # noqa: PLR0913 - a test names the two or three that it cares for
    scripts: dict[int, Script],
    entries: Sequence[RoutingEntry] = (),
    *,
    ticks: int = 4,
    period_q: int = 12_000,
    transfers: Sequence[Transfer] = (),
    idle: Sequence[int] = (),
    capacity: int = 1024,
    policy: str = "drop",
    packets: str = "all",
    dram: dict[str, NDArray[Any]] | None = None,
    dram_flit_q: int = 86,
    dram_latency_q: int = 1200,
) -> Chip:
    """One group of the scripted cores and those that `entries` and `transfers` name, woken in every tick; `idle` cores never wake."""
    named = {core for entry in entries for core in entry.cores} | {
        core for move in transfers for core in move.destination_cores
    }
    cores = tuple(sorted((set(scripts) | named) - set(idle) - {0}))
    phase = PhasePlan(Phase.FORWARD, ticks, 0, 0, 1, period_q, (0,))
    plan = Plan(
        copies=1, graph=None, pes_available=148, shares=(), groups=(Group("pe", "scripted", 0, cores, {}, {}, {},
        (0,) *
        len(cores)),), entries=tuple(entries),
        transfers=tuple(transfers), schedule=Schedule((phase,), (phase,), (phase,)), core_quanta=CORE_Q,
        fifo_capacity=capacity, fifo_policy=policy, dram_flit_q=dram_flit_q, dram_latency_q=dram_latency_q,
    )  # fmt: skip
    trace = Trace(packets=packets, wakes="all", first_batch=1, last_batch=1)  # type: ignore[arg-type]
    recorder = TraceRecorder(trace, 1) if packets != "off" else None
    return Chip(plan, ScriptedProgram("pe", cores, scripts), dram or {}, recorder)


def at_start(*sends: Send, step: int = 0, batch: int = 0) -> Script:
    """A PE that sends once."""
    return Script(sends={(batch, step): list(sends)})
