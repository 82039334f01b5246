"""The inputs of a run: scenario, data, initial weights and delays, all read and checked before anything is written."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spinn2sim.graph import Delays, Graph
from spinn2sim.hardware.packet import Part
from spinn2sim.scenario.auto_init import with_init
from spinn2sim.scenario.data.dataset import Dataset
from spinn2sim.scenario.data.splits import load_splits
from spinn2sim.scenario.given import ScenarioLike
from spinn2sim.scenario.graph_of_scenario import graph_of_scenario
from spinn2sim.scenario.keys import Scenario
from spinn2sim.scenario.load import load
from spinn2sim.scenario.overrides import Overrides
from spinn2sim.trace.run_directory import refuse_used
from spinn2sim.training.fewer_copies import with_fewer_copies
from spinn2sim.training.input_digests import input_digests
from spinn2sim.training.start_values import start_values


@dataclass(frozen=True)
class RunInputs:
    """A scenario with its data and initial weights and delays."""

    scenario: Scenario
    train: Dataset
    test: Dataset
    weights: Sequence[NDArray[np.float64]]
    validation: Dataset | None = None
    # SHA-256 of the files that the scenario names, by key.
    digests: Mapping[str, str] = field(default_factory=dict)
    # The delays in steps, (n_post, n_pre) per projection; None: no projection has delays.
    delays: Delays | None = None
    # The graph, if it was built with the weights.
    given_graph: Graph | None = None

    @cached_property
    def graph(self) -> Graph:
        """The network."""
        return self.given_graph or graph_of_scenario(self.scenario, self.train.n_inputs, self.train.n_classes)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The neurons per population."""
        return self.graph.sizes

    @property
    def most_spikes(self) -> int:
        """The most input spikes of any sample, at least 1, for which input PEs need room."""
        return max(1, *(self.samples(part).most_spikes for part in Part))

    def samples(self, part: Part) -> Dataset:
        """Return the samples of a part. If a run has no validation part, these are the test samples."""
        if part == Part.TRAIN:
            return self.train
        return self.test if part == Part.TEST or self.validation is None else self.validation


def load_run_inputs(path: ScenarioLike, overrides: Overrides = (), out: Path | str | None = None) -> RunInputs:
    """Read a scenario file and all files that it names. Raises ScenarioError, DataError, and OutputError if `out` cannot be used."""
    refuse_used(out)
    scenario = load(path, overrides)
    inputs = make_run_inputs(scenario, *load_splits(scenario))
    changed = with_fewer_copies(inputs.scenario, inputs.graph, inputs.most_spikes)
    return replace(inputs, scenario=changed, digests=input_digests(scenario))


def make_run_inputs(scenario: Scenario, train: Dataset, test: Dataset, validation: Dataset | None = None) -> RunInputs:
    """Make the inputs of a scenario with its samples: init as numbers, initial weights and delays. Raises ScenarioError, DataError."""
    scenario = with_init(scenario, train)
    start = start_values(scenario, graph_of_scenario(scenario, train.n_inputs, train.n_classes))
    return RunInputs(scenario, train, test, start.weights, validation, delays=start.delays, given_graph=start.graph)


def inputs_of_arrays(scenario: Scenario, train: Dataset, test: Dataset, validation: Dataset | None = None) -> RunInputs:
    """Make the inputs of a run whose samples come from arrays, not from what the scenario names. Raises ScenarioError, DataError.

    Their digest is that of the spikes, so that such a run is not resumed with the scenario's data.
    """
    digest = hashlib.sha256()
    for data in (train, test, *((validation,) if validation is not None else ())):
        for array in (data.first, data.step, data.source, data.labels):
            digest.update(array.tobytes())
    inputs = make_run_inputs(scenario, train, test, validation)
    return replace(inputs, digests={**input_digests(scenario), "arrays": digest.hexdigest()})
