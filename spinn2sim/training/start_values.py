"""What training starts from: the weights and delays of a graph, drawn from the scenario's seed or read from a file of weights.

A file of weights has weights_k for each projection of the graph, delays_k in steps for one with delays, and exists_k for one of whose
synapses some do not exist, (n_post, n_pre) each.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError, DataWarning
from spinn2sim.files.npz_reader import array_names, read_arrays
from spinn2sim.graph import Delays, Graph
from spinn2sim.scenario.draws import initial_delays, initial_weights
from spinn2sim.scenario.fixed_point_limits import refuse_weights
from spinn2sim.scenario.keys import Scenario
from spinn2sim.trace import run_directory

Weights = list[NDArray[np.float64]]
ARRAYS = ("weights", "delays", "exists")


class StartValues(NamedTuple):
    """A graph with its weights and delays; `delays` has None for a projection without delays, and is None if no projection has any."""

    graph: Graph
    weights: Sequence[NDArray[np.float64]]
    delays: Delays | None


class WeightsFile(NamedTuple):
    """The arrays of a file of weights: None where the file has no delays or no synapses for a projection."""

    weights: Weights
    delays: list[NDArray[np.float64] | None]
    exists: list[NDArray[np.bool_] | None]


def start_values(scenario: Scenario, graph: Graph) -> StartValues:
    """Draw the initial weights and delays, or read them from training.start_from. Raises ScenarioError, DataError.

    Delays that the file does not have are drawn; the synapses of a sparse projection are those of the file, if it has them.
    """
    delays = initial_delays(scenario, graph)
    if scenario.training.start_from is None:
        return StartValues(graph, initial_weights(scenario, graph), _or_none(delays))
    path = Path(scenario.training.start_from)
    file, found = _weights_path(path), read_weights_file(path, graph)
    refuse_weights(scenario, found.weights, "training.start_from")
    graph = _with_synapses(file, graph, found)
    for q, read in enumerate(found.delays):
        if read is not None:
            delays[q] = _fitting_delays(f"{file}: delays_{q}", graph, q, read)
    return StartValues(graph, found.weights, _or_none(delays))


def read_weights(path: Path) -> Weights:
    """Read weights_0, weights_1, ... of a weights.npz or of a run directory. Raises DataError."""
    return read_weights_file(path).weights


def read_weights_file(path: Path, graph: Graph | None = None) -> WeightsFile:
    """Read a weights.npz, or that of a run directory. Raises DataError if the arrays do not fit each other, or `graph`."""
    file = _weights_path(path)
    arrays = read_arrays(file, lambda name: re.fullmatch(rf"({'|'.join(ARRAYS)})_\d+", name) is not None)
    weights: Weights = []
    while f"weights_{len(weights)}" in arrays:
        weights.append(_matrix(file, f"weights_{len(weights)}", arrays))
    _warn_of_ignored(file, len(weights))
    shapes = [w.shape for w in weights]
    wanted = shapes if graph is None else list(graph.weight_shapes)
    if not weights or shapes != wanted:
        raise DataError(f"{file}: found weights of shapes {shapes}, allowed is {wanted or 'weights_0 at least'}")
    return WeightsFile(
        weights,
        [
            _matrix(file, f"delays_{k}", arrays, w.shape) if f"delays_{k}" in arrays else None
            for k, w in enumerate(weights)
        ],
        [
            _synapses(file, f"exists_{k}", arrays, w.shape) if f"exists_{k}" in arrays else None
            for k, w in enumerate(weights)
        ],
    )


def _weights_path(path: Path) -> Path:
    return path / run_directory.WEIGHTS if path.is_dir() else path


def _or_none(delays: list[NDArray[np.float64] | None]) -> Delays | None:
    return None if all(matrix is None for matrix in delays) else delays


def _matrix(
    file: Path, name: str, arrays: dict[str, NDArray[Any]], shape: tuple[int, ...] | None = None
) -> NDArray[np.float64]:
    matrix = arrays[name]
    if matrix.ndim != 2 or matrix.dtype.kind not in "iuf" or not np.isfinite(matrix).all():
        raise DataError(
            f"{file}: {name}: found {matrix.dtype} of shape {matrix.shape}, allowed is a finite (n_out, n_in) matrix"
        )
    if shape is not None and matrix.shape != shape:
        raise DataError(f"{file}: {name}: found shape {matrix.shape}, allowed is that of the weights, {shape}")
    return matrix.astype(np.float64)


def _synapses(file: Path, name: str, arrays: dict[str, NDArray[Any]], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    matrix = arrays[name]
    if matrix.dtype.kind != "b" or matrix.shape != shape:
        raise DataError(
            f"{file}: {name}: found {matrix.dtype} of shape {matrix.shape}, allowed is bool of the weights' shape {shape}"
        )
    return matrix


def _with_synapses(file: Path, graph: Graph, found: WeightsFile) -> Graph:
    """Return the graph with the synapses of the file. Raises DataError for a weight of a synapse that does not exist."""
    projections = []
    for q, (projection, exists) in enumerate(zip(graph.projections, found.exists, strict=True)):
        mine = projection.exists if exists is None or projection.exists is None else exists
        if mine is not None and found.weights[q][~mine].any():
            raise DataError(
                f"{file}: weights_{q}: found weights of synapses that the scenario's density leaves out, allowed is 0 there, "
                f"or exists_{q}"
            )
        projections.append(projection if mine is projection.exists else replace(projection, exists=mine))
    return replace(graph, projections=tuple(projections))


def _fitting_delays(where: str, graph: Graph, q: int, delays: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return delays that were read. Raises DataError if projection q cannot have them."""
    projection = graph.projections[q]
    if ((delays < 0) | (delays > projection.delay_max)).any():
        raise DataError(
            f"{where}: found {delays.min():g} to {delays.max():g} steps, allowed is 0 to delay_max = {projection.delay_max}"
        )
    if not projection.learns_delays and (delays != np.rint(delays)).any():
        raise DataError(f"{where}: found parts of steps, allowed without learned delays are whole steps")
    if projection.learn == "axonal":
        for neuron in range(delays.shape[1]):
            own = delays[:, neuron] if projection.exists is None else delays[projection.exists[:, neuron], neuron]
            if len(own) and (own != own[0]).any():
                raise DataError(
                    f'{where}: found several delays of source {neuron}, allowed with learn = "axonal" is one'
                )
    return delays if projection.delay_max else np.zeros_like(delays)


def _warn_of_ignored(file: Path, matrices: int) -> None:
    """Warn of arrays in a file of weights besides those of its first `matrices` projections."""
    read = {f"{name}_{k}" for name in ARRAYS for k in range(matrices)}
    ignored = [name for name in array_names(file) if name not in read]
    if ignored:
        biases = (
            "; neurons have no biases, a bias is an input that fires once" if any("bias" in n for n in ignored) else ""
        )
        warnings.warn(f"{file}: ignored: {', '.join(ignored[:8])}{biases}", DataWarning, stacklevel=3)
