"""Compares the chip with the mirror on the networks of scripts, spike for spike and voltage for voltage, for the command `validate`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import MappingError
from spinn2sim.graph import Graph, ModelPopulation
from spinn2sim.hardware.engines.choice import ENGINES
from spinn2sim.mirror.script_mirror import MirrorResult, mirror_network
from spinn2sim.scripts.own_references import model_of, references_of
from spinn2sim.scripts.script_costs import costs_of_run
from spinn2sim.scripts.script_directory import read_network
from spinn2sim.scripts.script_session import NetworkResult, RunOptions, Sessions, SpikeLists


@dataclass
class NetworkValidation:
    """How much of how many runs was compared, and which differences and losses there were."""

    runs: int = 0
    # Spikes of populations other than spike lists, and values of voltages and other states that a model can record.
    spikes: int = 0
    voltages: int = 0
    differences: list[str] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether chip and mirror agree on networks that did something, and nothing was late or lost."""
        return not self.differences and not self.losses and self.spikes + self.voltages > 0


class NetworkValidator:
    """Runs networks on chip and mirror, one after the other, and gathers what differs in `validation`."""

    def __init__(self, engine: str = ENGINES[0]) -> None:
        self._engine, self._sessions, self._plain = engine, Sessions(), Sessions()
        self.validation = NetworkValidation()

    def compare(self, name: str, graph: Graph, spikes: SpikeLists, options: RunOptions, key: object = None) -> None:
        """Run one network on both sides, with the voltages of all its neurons recorded if that fits the chip.

        Networks that differ in more than `spikes` have different keys. Raises MappingError if the network does not fit, and
        NotModelledError for a model whose package has no reference, or is not there.
        """
        own, graph_with_states = references_of(graph), _with_states(graph)
        result = self._run(graph, spikes, dataclasses.replace(options, engine=self._engine), key)
        mirror = mirror_network(graph_with_states, spikes, options.ticks, own=own)
        found, where = self.validation, f"network {name}, run {self.validation.runs + 1}: "
        found.runs += 1
        found.losses += [where + str(loss) for loss in result.counters.losses()]
        for number, population in enumerate(graph.populations):
            if population.kind != "input":
                found.spikes += len(mirror.spikes[number])
                found.voltages += sum(values.size for values in result.states[number].values())
            found.differences += [
                f"{where}population {population.name}: {line}" for line in _differences(number, result, mirror)
            ]

    def _run(self, graph: Graph, spikes: SpikeLists, options: RunOptions, key: object) -> NetworkResult:
        """Run a network with all voltages; if these do not fit, or take so long that something is lost, as it is."""
        try:
            result = self._sessions.find(key, _with_states(graph), spikes, options).run(spikes)
        except MappingError:
            result = None
        if result is None or result.counters.losses():
            result = self._plain.find(key, graph, spikes, options).run(spikes)
        return result


def validate_script_run(folder: Path, engine: str = ENGINES[0]) -> NetworkValidation:
    """Run the network of a script's run directory again, on chip and mirror. Raises DataError, MappingError."""
    described, graph, spikes = read_network(folder)
    validator = NetworkValidator(engine)
    validator.compare(
        described["name"],
        graph,
        spikes,
        RunOptions(described["ticks"], described["period_q"], costs=costs_of_run(described)),
    )
    return validator.validation


def _with_states(graph: Graph) -> Graph:
    """Return a network that records all states that its models offer."""
    populations: list[Any] = [
        dataclasses.replace(p, record=tuple(dict.fromkeys((*p.record, *model_of(p).record))))
        if isinstance(p, ModelPopulation)
        else p
        for p in graph.populations
    ]
    return dataclasses.replace(graph, populations=tuple(populations))


def _differences(number: int, result: NetworkResult, mirror: MirrorResult) -> list[str]:
    """Say how the spikes and the voltages of a population differ: how many do, and the first."""
    lines = []
    chip, expected = (set(map(tuple, rows.tolist())) for rows in (result.spikes[number], mirror.spikes[number]))
    if chip != expected:
        tick, neuron = first = min(chip ^ expected)
        who = "chip" if first in chip else "mirror"
        lines.append(
            f"{len(chip ^ expected)} spikes differ, first in tick {tick} neuron {neuron}: only the {who} has it"
        )
    for name, values in result.states[number].items():
        lines += _first_other("voltages" if name == "v" else f"values of {name}", values, mirror.states[number][name])
    return lines


def _first_other(what: str, chip: NDArray[Any], mirror: NDArray[Any]) -> list[str]:
    """Say where states [tick, neuron] differ; what is no number on both sides is the same."""
    other = (chip != mirror) & ~(np.isnan(chip) & np.isnan(mirror))
    if not other.any():
        return []
    tick, neuron = np.argwhere(other)[0].tolist()
    return [
        f"{int(other.sum())} {what} differ, first in tick {tick} neuron {neuron}: "
        f"chip {chip[tick, neuron]!s}, mirror {mirror[tick, neuron]!s}"
    ]
