"""A script's network, ready to run on an engine, again and again with other spikes: its plan, program and machine are made once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_models.programs.group_program import GroupProgram
from firmware_models.programs.script_memory import DATA_BYTES, RECEIVE_PACKETS, script_regions
from firmware_models.programs.script_network import script_step
from firmware_models.programs.script_state import (
    ScriptState,
    build_script_program,
    make_state,
    reset,
    set_spikes,
)
from spinn2sim.emulation.programs_of_engine import player_of_engine, programs_of_engine
from spinn2sim.emulation.script_binding import KERNELS
from spinn2sim.errors import ScenarioError, harmless, shortened
from spinn2sim.graph import Graph
from spinn2sim.hardware.counters import Counters
from spinn2sim.hardware.engines.base import Engine
from spinn2sim.hardware.engines.choice import COMPILED, EMULATED
from spinn2sim.hardware.hardware_options import HardwareOptions
from spinn2sim.hardware.packet import Part
from spinn2sim.hardware.plan import Plan
from spinn2sim.hardware.recording import Recorder
from spinn2sim.mapping.script_plan import build_script_plan
from spinn2sim.mapping.script_slices import Slicing, cut_network
from spinn2sim.notebook import SlowWork, html_table, is_watched
from spinn2sim.scripts.own_references import model_of
from spinn2sim.scripts.script_arrays import program_arrays, traces_of
from spinn2sim.scripts.script_costs import DEFAULT_COSTS, ScriptCosts
from spinn2sim.trace.cycle_columns import clear_cycles, cycle_columns
from spinn2sim.trace.tables import Columns

Ints = NDArray[np.int64]
# The spikes of spike lists by population: rows (tick, neuron), sorted, with 0 <= tick < ticks.
SpikeLists = Mapping[int, Ints]
HARDWARE = HardwareOptions(fifo_capacity=RECEIVE_PACKETS)
LEAST_ROOM = 1024
MOST_KEPT = 16


@dataclass(frozen=True)
class RunOptions:
    """How a network is run: ticks, the period of a tick in quanta, the engine, the cycle costs."""

    ticks: int
    period_q: int
    engine: str = COMPILED
    costs: ScriptCosts = DEFAULT_COSTS


class NetworkResult(NamedTuple):
    """What a run recorded. PEs are in the order of the plan's shares."""

    plan: Plan
    # By population: rows (tick, neuron), sorted; and the states that were recorded, by name, [tick, neuron] after the reset.
    spikes: tuple[Ints, ...]
    states: tuple[dict[str, NDArray[np.float32]], ...]
    # [tick, pe]: packets that a PE took, and how many ticks after the begin of the tick it was done.
    packets: NDArray[np.int32]
    time_done: NDArray[np.float64]
    counters: Counters

    @property
    def voltages(self) -> tuple[NDArray[np.float32] | None, ...]:
        """By population: voltages [tick, neuron] after the reset, None where they were not recorded."""
        return tuple(states.get("v") for states in self.states)

    @property
    def facts(self) -> tuple[tuple[str, object], ...]:
        """What is told of a run in a line or a table."""
        graph: Any = self.plan.graph
        fired = ", ".join(
            f"{harmless(str(p.name))} {len(rows):,}" for p, rows in zip(graph.populations, self.spikes, strict=True)
        )
        losses = self.counters.losses()
        return (
            ("ticks", f"{len(self.packets):,}"),
            ("PEs", f"{len(self.plan.shares):,}"),
            ("spikes", fired),
            ("packets", f"{int(self.counters.sent.sum()):,} sent, {int(self.counters.due.sum()):,} deliveries"),
            ("lost", ", ".join(map(str, losses)) or "nothing: no packet late or dropped, no tick overrun"),
        )

    def __repr__(self) -> str:
        return f"NetworkResult({'; '.join(f'{name}: {value}' for name, value in self.facts)})"

    def _repr_html_(self) -> str:
        return html_table("Run of a network on the simulated chip", self.facts)


class Session:
    """One network on one machine."""

    def __init__(self, slicing: Slicing, options: RunOptions) -> None:
        """Builds the plan. Raises MappingError if the network does not fit."""
        self.slicing, self.options = slicing, options
        self.plan = build_script_plan(slicing, options.ticks, options.period_q, HARDWARE, script_regions)
        self._models = [model_of(population) for population in slicing.graph.populations]
        self._traces = traces_of(slicing, self._models)
        self._state: ScriptState | None = None
        self._programs: list[GroupProgram] = []
        self._engine: Engine | None = None

    def run(self, spikes: SpikeLists, recorder: Recorder | None = None) -> NetworkResult:
        """Run the network from its start. A recorder must have begun part 0 of epoch 0."""
        pe, tick, neuron = self._by_pe(spikes)
        if self._state is None or not set_spikes(self._state, pe, tick, neuron):
            self._state, self._engine = self._make_programs(len(tick)), None
            set_spikes(self._state, pe, tick, neuron)
        if self._engine is None or recorder is not None:
            player = player_of_engine(self.options.engine)
            self._engine = player(self.plan, self._programs, {}, recorder)
        reset(self._state)
        clear_cycles(self._programs)
        engine = self._engine
        if recorder is not None:
            self._engine = None
        state = self._state
        # A PE that has done a tick was busy in it.
        with SlowWork(
            "ticks", "tick", self.options.ticks, lambda: int(np.count_nonzero(state.done_q[:, 0])), is_watched()
        ):
            counters = engine.run_part(Part.TEST, 0, 1, 0).counters
        return self._result(state, counters)

    def cycles(self) -> Columns:
        """Return where the cycles of the last run went, as rows of the table of cycles; once."""
        programs = {group.name: [one] for group, one in zip(self.plan.groups, self._programs, strict=True)}
        return cycle_columns(programs, self.options.costs.cycles())

    def _by_pe(self, spikes: SpikeLists) -> tuple[Ints, Ints, Ints]:
        """Return spikes as columns (PE, tick, neuron of the PE), sorted."""
        rows = []
        before = 0
        for population, cuts in enumerate(self.slicing.cuts):
            if population in spikes:
                firsts = np.array([cut.first for cut in cuts])
                tick, neuron = spikes[population].T
                part = np.searchsorted(firsts, neuron, side="right") - 1
                rows.append(np.stack([before + part, tick, neuron - firsts[part]]))
            before += len(cuts)
        every = np.concatenate([np.zeros((3, 0), np.int64), *rows], axis=1)
        pe, tick, neuron = every[:, np.lexsort((every[2], every[1], every[0]))]
        return pe, tick, neuron

    def _make_programs(self, spikes: int) -> ScriptState:
        """Make what the engine runs, with room for some spikes. Returns its state. Raises ScenarioError for what has no C."""
        if self.options.engine == EMULATED:
            self._refuse_models()
        program = build_script_program("network", self._make_state(spikes), script_step)
        self._programs = programs_of_engine(self.options.engine, [program])
        state: ScriptState = self._programs[0].state
        return state

    def _refuse_models(self) -> None:
        """Raise ScenarioError if a population has a model without C, such as those of users' own packages."""
        for population, model in zip(self.slicing.graph.populations, self._models, strict=True):
            if model.update is not None and model.update not in KERNELS:
                where = f"population {harmless(str(population.name))}: neuron model {harmless(model.name)}"
                raise ScenarioError(f'engine "{EMULATED}": {shortened(where)} has no C; other engines run it')

    def _make_state(self, spikes: int) -> ScriptState:
        arrays = program_arrays(self.slicing, self.plan, self._models)
        numbers = {
            "ticks": self.options.ticks,
            "core_quanta": self.plan.core_quanta,
            "period_q": self.options.period_q,
            "columns": sum(len(t) * n for t, n in zip(self._traces, self.slicing.graph.sizes, strict=True)),
            "spikes": max(LEAST_ROOM, 2 * spikes),
        }
        return make_state(self.options.costs.costs(), numbers, arrays)

    def _result(self, state: ScriptState, counters: Counters) -> NetworkResult:
        sizes, firsts = self.slicing.graph.sizes, np.cumsum([0, *self.slicing.graph.sizes])
        fired = state.fired.view(np.bool_)
        spikes = [np.argwhere(fired[:, a : a + n]) for a, n in zip(firsts[:-1], sizes, strict=True)]
        states = [
            {name: state.traces[:, column : column + size].copy() for name, column in traces.items()}
            for size, traces in zip(sizes, self._traces, strict=True)
        ]
        return NetworkResult(
            self.plan,
            tuple(spikes),
            tuple(states),
            state.packets.copy(),
            state.done_q / self.options.period_q,
            counters,
        )


class Sessions:
    """The sessions of the last networks that were run, by what they depend on besides the spikes."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Any, Session] = OrderedDict()

    def find(self, key: object, graph: Graph, spikes: SpikeLists, options: RunOptions) -> Session:
        """Return a session for a network: the one that is kept under `key`, if its slices still fit the spike lists, or a new one.

        Raises MappingError if the network does not fit.
        """
        known = self._kept.get((key, options))
        if known is not None and _fits(known, spikes):
            self._kept.move_to_end((key, options))
            return known
        counts = {p: np.bincount(rows[:, 1], minlength=graph.sizes[p]) for p, rows in spikes.items()}
        slicing = cut_network(graph, counts, options.ticks, script_regions, DATA_BYTES)
        session = self._kept[key, options] = Session(slicing, options)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return session


def _fits(session: Session, spikes: SpikeLists) -> bool:
    """Whether spike lists fit into the PEs of a session."""
    graph: Any = session.slicing.graph
    for population, rows in spikes.items():
        cuts, counts = session.slicing.cuts[population], session.slicing.counts[population]
        edges = [cut.first for cut in cuts]
        have = np.bincount(np.searchsorted(edges, rows[:, 1], side="right") - 1, minlength=len(cuts))
        for held, spikes_here in zip(counts, have.tolist(), strict=True):
            regions = script_regions(
                graph.populations[population], held._replace(spikes=spikes_here), session.options.ticks
            )
            if sum(regions.values()) > DATA_BYTES:
                return False
    return True


sessions = Sessions()
