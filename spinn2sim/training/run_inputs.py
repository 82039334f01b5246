"""The inputs of a run: scenario, data and initial weights, all read and checked before anything is written."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError, DataWarning
from spinn2sim.files.npz_reader import array_names, read_arrays
from spinn2sim.graph import Graph, chain
from spinn2sim.hardware.packet import Part
from spinn2sim.scenario.data.dataset import Dataset
from spinn2sim.scenario.data.splits import load_splits
from spinn2sim.scenario.draws import initial_weights
from spinn2sim.scenario.fixed_point_limits import refuse_weights
from spinn2sim.scenario.keys import Scenario
from spinn2sim.scenario.load import load
from spinn2sim.scenario.overrides import Overrides
from spinn2sim.scenario.size_limits import refuse_sizes
from spinn2sim.trace import run_directory
from spinn2sim.training.input_digests import input_digests

Weights = list[NDArray[np.float64]]


@dataclass(frozen=True)
class RunInputs:
    """A scenario with its data and initial weights."""

    scenario: Scenario
    train: Dataset
    test: Dataset
    weights: Sequence[NDArray[np.float64]]
    validation: Dataset | None = None
    # SHA-256 of the files that the scenario names, by key.
    digests: Mapping[str, str] = field(default_factory=dict)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The neurons per layer, input first."""
        return layer_sizes(self.scenario, self.train)

    @cached_property
    def graph(self) -> Graph:
        """The network."""
        return network_graph(self.scenario, self.train)

    @property
    def most_spikes(self) -> int:
        """The most input spikes of any sample, at least 1, for which input PEs need room."""
        return max(1, *(self.samples(part).most_spikes for part in Part))

    def samples(self, part: Part) -> Dataset:
        """Return the samples of a part. If a run has no validation part, these are the test samples."""
        if part == Part.TRAIN:
            return self.train
        return self.test if part == Part.TEST or self.validation is None else self.validation


def load_run_inputs(path: Path | str, overrides: Overrides = ()) -> RunInputs:
    """Read a scenario file and all files that it names. Raises ScenarioError, DataError."""
    scenario = load(path, overrides)
    inputs = make_run_inputs(scenario, *load_splits(scenario))
    return replace(inputs, digests=input_digests(scenario))


def make_run_inputs(scenario: Scenario, train: Dataset, test: Dataset, validation: Dataset | None = None) -> RunInputs:
    """Make the inputs of a scenario with its samples, and with the initial weights. Raises ScenarioError, DataError."""
    return RunInputs(scenario, train, test, start_weights(scenario, layer_sizes(scenario, train)), validation)


def network_graph(scenario: Scenario, data: Dataset) -> Graph:
    """Return the network of a scenario with samples such as `data`."""
    network = scenario.network
    return chain(layer_sizes(scenario, data), scenario.has_readout, network.tau_mem_ms, network.tau_syn_ms)


def layer_sizes(scenario: Scenario, data: Dataset) -> tuple[int, ...]:
    """Return the neurons per layer, input first, of a scenario with samples such as `data`."""
    return (data.n_inputs, *scenario.network.hidden, data.n_classes)


def start_weights(scenario: Scenario, sizes: tuple[int, ...]) -> Weights:
    """Draw or read the initial weights. Raises ScenarioError, DataError."""
    refuse_sizes(scenario, sizes)
    start = scenario.training.start_from
    weights = initial_weights(scenario, sizes) if start is None else read_weights(Path(start), sizes)
    refuse_weights(scenario, weights, "network.init" if start is None else "training.start_from")
    return weights


def _warn_of_ignored(file: Path, matrices: int) -> None:
    """Warn of arrays in a file of weights besides its first `matrices` matrices."""
    ignored = [name for name in array_names(file) if name not in {f"weights_{k}" for k in range(matrices)}]
    if ignored:
        biases = (
            "; neurons have no biases, a bias is an input that fires once" if any("bias" in n for n in ignored) else ""
        )
        warnings.warn(f"{file}: ignored: {', '.join(ignored[:8])}{biases}", DataWarning, stacklevel=3)


def read_weights(path: Path, sizes: tuple[int, ...] | None = None) -> Weights:
    """Read weights_0, weights_1, ... of a weights.npz or of a run directory. Raises DataError if they do not fit `sizes`."""
    file = path / run_directory.WEIGHTS if path.is_dir() else path
    arrays = read_arrays(file, lambda name: re.fullmatch(r"weights_\d+", name) is not None)
    weights: Weights = []
    while f"weights_{len(weights)}" in arrays:
        matrix = arrays[f"weights_{len(weights)}"]
        if matrix.ndim != 2 or matrix.dtype.kind not in "iuf" or not np.isfinite(matrix).all():
            raise DataError(
                f"{file}: weights_{len(weights)}: found {matrix.dtype} of shape {matrix.shape}, allowed is a finite (n_out, n_in) matrix"
            )
        weights.append(matrix.astype(np.float64))
    _warn_of_ignored(file, len(weights))
    shapes = [w.shape for w in weights]
    wanted = shapes if sizes is None else [(sizes[k + 1], sizes[k]) for k in range(len(sizes) - 1)]
    if not weights or shapes != wanted:
        raise DataError(f"{file}: found weights of shapes {shapes}, allowed is {wanted or 'weights_0 at least'}")
    return weights
