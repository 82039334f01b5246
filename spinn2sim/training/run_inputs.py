"""What every command needs before it starts: scenario, data and weights, all checked; nothing is written yet."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError
from spinn2sim.files.npz import read_arrays
from spinn2sim.scenario.data.dataset import Dataset
from spinn2sim.scenario.data.load import load_splits
from spinn2sim.scenario.draws import initial_weights
from spinn2sim.scenario.formats import refuse_weights
from spinn2sim.scenario.keys import Scenario
from spinn2sim.scenario.load import load
from spinn2sim.scenario.overrides import Overrides
from spinn2sim.trace import run_directory

Weights = list[NDArray[np.float64]]


@dataclass(frozen=True)
class RunInputs:
    """A scenario with its data sets and the weights it starts from."""

    scenario: Scenario
    train: Dataset
    test: Dataset
    weights: Weights
    validation: Dataset | None = None

    @property
    def sizes(self) -> tuple[int, ...]:
        """Neurons per layer, input first."""
        return (self.train.n_inputs, *self.scenario.network.hidden, self.train.n_classes)


def load_run_inputs(path: Path | str, overrides: Overrides = ()) -> RunInputs:
    """Read a scenario file and all that it names. Raises ScenarioError, DataError."""
    scenario = load(path, overrides)
    train, test, validation = load_splits(scenario)
    sizes = (train.n_inputs, *scenario.network.hidden, train.n_classes)
    return RunInputs(scenario, train, test, start_weights(scenario, sizes), validation)


def start_weights(scenario: Scenario, sizes: tuple[int, ...]) -> Weights:
    """The weights that training begins with. Raises ScenarioError, DataError."""
    start = scenario.training.start_from
    weights = initial_weights(scenario, sizes) if start is None else read_weights(Path(start), sizes)
    refuse_weights(scenario, weights, "network.init" if start is None else "training.start_from")
    return weights


def read_weights(path: Path, sizes: tuple[int, ...] | None = None) -> Weights:
    """weights_0, weights_1, ... of a weights.npz or of a run directory. Raises DataError where they are not what `sizes` asks for."""
    file = path / run_directory.WEIGHTS if path.is_dir() else path
    arrays = read_arrays(file)
    weights: Weights = []
    while f"weights_{len(weights)}" in arrays:
        matrix = arrays[f"weights_{len(weights)}"]
        if matrix.ndim != 2 or matrix.dtype.kind not in "iuf" or not np.isfinite(matrix).all():
            raise DataError(
                f"{file}: weights_{len(weights)}: found {matrix.dtype} of shape {matrix.shape}, allowed is a finite (n_out, n_in) matrix"
            )
        weights.append(matrix.astype(np.float64))
    shapes = [w.shape for w in weights]
    wanted = shapes if sizes is None else [(sizes[k + 1], sizes[k]) for k in range(len(sizes) - 1)]
    if not weights or shapes != wanted:
        raise DataError(f"{file}: found weights of shapes {shapes}, allowed is {wanted or 'weights_0 at least'}")
    return weights
