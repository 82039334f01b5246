"""The data of a script's run for the page: its tables, its recordings, and what stands for the metrics that it has not."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from spinn2sim.files.npz_reader import Arrays, read_arrays
from spinn2sim.graph import Graph
from spinn2sim.hardware.facts import PERFORMANCE_LEVELS_MHZ
from spinn2sim.hardware.units import QUANTA_PER_US, seconds
from spinn2sim.report.run_data import RunData
from spinn2sim.scenario.cycle_keys import CycleCosts
from spinn2sim.scenario.keys import Chip
from spinn2sim.scripts.script_costs import costs_of_run
from spinn2sim.scripts.script_directory import RECORDINGS, read_network
from spinn2sim.scripts.script_session import HARDWARE


class ScriptRunData(RunData):
    """The files of the run directory of a script's network."""

    @cached_property
    def described(self) -> dict[str, Any]:
        """The content of network.json."""
        return self._network[0]

    @property
    def graph(self) -> Graph:
        """The network."""
        return self._network[1]

    @cached_property
    def _network(self) -> tuple[dict[str, Any], Graph]:
        return read_network(self.folder)[:2]

    @cached_property
    def recordings(self) -> Arrays:
        """The arrays of recordings.npz."""
        return read_arrays(self.folder / RECORDINGS)

    def states_of(self, number: int) -> dict[str, Any]:
        """Return the states that a population recorded in each tick, [tick, neuron] by name."""
        record: tuple[str, ...] = getattr(self.graph.populations[number], "record", ())
        names = dict.fromkeys("v" if name == "v_last" else name for name in record if name != "spikes")
        return {name: self.recordings[f"{name}_{number}"] for name in names if f"{name}_{number}" in self.recordings}

    @property
    def chip(self) -> Chip:
        """The cycle costs of the run, as keys of a scenario."""
        costs = costs_of_run(self.described)
        return Chip(costs=costs.name, cycles=CycleCosts(**dict(costs.own)))  # type: ignore[arg-type]

    @property
    def facts(self) -> list[tuple[str, object]]:
        """What is told of the run in a table."""
        told = self.described
        populations = ", ".join(f"{p.name} ({p.size:,} {getattr(p, 'model', '')})" for p in self.graph.populations)
        return [
            ("network", str(told["name"])),
            ("ticks", f"{told['ticks']:,} of {told['period_q'] / QUANTA_PER_US:g} us"),
            ("populations", populations),
            ("lost", self.headline),
        ]

    @property
    def steps(self) -> int:
        """All ticks are steps, and the one in which PEs only take packets counts as one."""
        return int(self.described["ticks"]) + 1

    @cached_property
    def metrics(self) -> list[dict[str, Any]]:
        """One line with the simulated time."""
        return [{"epoch": 0, "test_chip_s": self.steps * seconds(self.described["period_q"])}]

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The period of a tick."""
        return {"tick_us": {"forward": self.described["period_q"] / QUANTA_PER_US}}

    @property
    def core_mhz(self) -> int:
        """The clock of the cores in MHz."""
        return PERFORMANCE_LEVELS_MHZ[HARDWARE.performance_level]

    @property
    def headline(self) -> str:
        """The most important fact about the losses, in one line."""
        losses = self.described["losses"]
        return (
            f"LOST: {'; '.join(losses)}" if losses else "Nothing was lost: no packet late or dropped, no tick overrun."
        )
