"""The boards that scripts run their networks on, all of them one simulated chip."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from spinn2sim.errors import ScriptError, need_choice, quoted
from spinn2sim.hardware.engines.choice import COMPILED, ENGINES
from spinn2sim.hardware.geometry import pe_in_quad, quad_of
from spinn2sim.hardware.units import QUANTA_PER_S
from spinn2sim.notebook import html_table
from spinn2sim.scripts.script_costs import ScriptCosts, check_costs
from spinn2sim.scripts.script_directory import run_recorded
from spinn2sim.scripts.script_session import NetworkResult, RunOptions, Session, sessions
from spinn2sim.spinnaker2.describe import Description
from spinn2sim.spinnaker2.lost_packets import tell_losses
from spinn2sim.spinnaker2.snn import Network, Population, describe_network

LEAST_TICK_S = 1e-6
# The environment variable that names the folder for run directories; without it none is written.
RUNS = "SPINN2SIM_RUNS"
# The environment variable that names the engine of chips that are told of none.
ENGINE = "SPINN2SIM_ENGINE"
MOST_TICKS = 1 << 24
# The cycle costs of chips that are told of none.
default_costs = ScriptCosts()
RanNetwork = tuple[Description, RunOptions]
# Are called with each network that has run: its name, what it is, and how it was run.
observers: list[Callable[[str, RanNetwork], None]] = []
# Are called with each network before it runs: its name, and its session.
mappers: list[Callable[[str, Session], None]] = []


class PE:
    """A processing element, by its quad and its number in the quad."""

    def __init__(self, x: int, y: int, p: int) -> None:
        self.x, self.y, self.p = x, y, p

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PE) and (self.x, self.y, self.p) == (other.x, other.y, other.p)

    def __hash__(self) -> int:
        return hash((self.x, self.y, self.p))

    def __repr__(self) -> str:
        return f"PE({self.x}, {self.y}, {self.p})"


class SpiNNaker2Chip:
    """A chip. One object may run any number of networks."""

    def __init__(self, eth_ip: Any = None, experiment_backend_type: Any = None, **ignored: Any) -> None:
        """Addresses and backends have no effect: the chip is simulated."""
        # One of ENGINES; "emulated" runs the firmware in C, and counts its cycles.
        self.engine: str = os.environ.get(ENGINE) or COMPILED
        # The set of cycle costs, as chip.costs of a scenario, and cycles of one's own by operation, as chip.cycles.
        self.costs, self.cycles = default_costs.name, dict(default_costs.own)
        self.last_run: NetworkResult | None = None
        # The run directory of the last run, if SPINN2SIM_RUNS names a folder for them.
        self.last_folder: Path | None = None

    def run(
        self, net: Network, timesteps: int, debug: bool = False, sys_tick_in_s: float = 1e-3, mapping_only: bool = False,
        reset_board: bool = True, **ignored: Any,
    ) -> None:  # fmt: skip
        """Run a network for some ticks, and give its populations what they recorded. `mapping_only` builds the plan alone.

        Raises ScriptError, MappingError (ValueErrors) or NotModelledError (a RuntimeError) for what cannot be run.
        """
        need_choice("engine", self.engine, ENGINES)
        costs = check_costs(self.costs, self.cycles)
        options = RunOptions(checked_ticks(timesteps), _period_q(sys_tick_in_s), self.engine, costs)
        described = describe_network(net, options.ticks)
        session = sessions.find(described.key, described.graph, described.spikes, options)
        for show in mappers:
            show(net.name, session)
        if mapping_only:
            return
        net.reset()
        runs = os.environ.get(RUNS)
        if runs:
            result, self.last_folder = run_recorded(session, described.spikes, net.name, Path(runs))
        else:
            result = session.run(described.spikes)
        self.last_run = result
        for number, population in enumerate(net.populations):
            population.keep_recording(_recording(population, number, result))
        for observe in observers:
            observe(net.name, (described, options))
        tell_losses(net.name, float(sys_tick_in_s), result.counters)

    def __repr__(self) -> str:
        ran = f", last run: {self.last_run}" if self.last_run is not None else ""
        return f"{type(self).__name__}(simulated, engine {self.engine}{ran})"

    def _repr_html_(self) -> str:
        facts: list[tuple[str, object]] = [("engine", self.engine)]
        if self.last_run is not None:
            facts += self.last_run.facts
        if self.last_folder is not None:
            facts.append(("run directory", str(self.last_folder)))
        return html_table(
            f"{type(self).__name__}, simulated" + ("; last run" if self.last_run is not None else ""), facts
        )


class SpiNNcloud48NodeBoard(SpiNNaker2Chip):
    """A board of 48 chips, of which one is simulated."""

    def __init__(self, stm_ip: Any = None, eth_ip: Any = None, **ignored: Any) -> None:
        """Addresses have no effect."""
        super().__init__(eth_ip)


class FPGA_Rev2(SpiNNaker2Chip):  # noqa: N801 - the name that scripts import
    """A prototype board, in whose place the chip is simulated."""


@contextmanager
def with_costs(costs: ScriptCosts) -> Iterator[None]:
    """Let chips that are made in the block have these costs."""
    global default_costs
    before, default_costs = default_costs, costs
    try:
        yield
    finally:
        default_costs = before


def checked_ticks(timesteps: Any) -> int:
    """Return the ticks of a run. Raises ScriptError for anything but a whole number in range."""
    whole = isinstance(timesteps, int | np.integer) and not isinstance(timesteps, bool)
    if not whole or not 1 <= timesteps <= MOST_TICKS:
        raise ScriptError(f"timesteps: found {quoted(timesteps)}, allowed is a whole number from 1 to {MOST_TICKS}")
    return int(timesteps)


def _period_q(sys_tick_in_s: Any) -> int:
    number = isinstance(sys_tick_in_s, int | float | np.number) and not isinstance(sys_tick_in_s, bool)
    if not number or not math.isfinite(sys_tick_in_s) or not LEAST_TICK_S <= sys_tick_in_s <= 1000:
        raise ScriptError(f"sys_tick_in_s: found {quoted(sys_tick_in_s)}, allowed are {LEAST_TICK_S:g} to 1000 seconds")
    return round(float(sys_tick_in_s) * QUANTA_PER_S)


def _recording(population: Population, number: int, result: NetworkResult) -> dict[str, Any]:
    """Return what a population recorded, by name."""
    found: dict[str, Any] = {}
    states = result.states[number]
    rows = [(row, _pe(s.core)) for row, s in enumerate(result.plan.shares) if s.layer == number]
    if "spikes" in population.record:
        found["spikes"] = result.spikes[number], int(population.size)
    found |= {name: values for name, values in states.items() if name in population.record}
    if "v_last" in population.record:
        found["v_last"] = states["v"][-1:]
    if "time_done" in population.record:
        found["time_done"] = {pe: result.time_done[:, row].copy() for row, pe in rows}
    if "n_packets" in population.record:
        found["n_packets"] = {pe: result.packets[:, row].copy() for row, pe in rows}
    return found


def _pe(core: int) -> PE:
    quad = quad_of(core)
    return PE(quad[0], quad[1], pe_in_quad(core))
