"""A reference case: a network, an input and the expected results, read from an npz."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError
from spinn2sim.files.npz_reader import array_names, read_arrays
from spinn2sim.graph import Graph, chain
from spinn2sim.validation.case_arrays import labels_of, numbers, scalar, steps_of

POSITIVE = ("dt", "tau_mem", "tau_syn", "threshold", "xi", "beta")
INPUT = ("T", *POSITIVE, "alpha", "input_spikes", "labels")
PER_LAYER = r"(spikes|v|i|lambda_v|lambda_i|grad|grad_samples)_(\d+)"


@dataclass(frozen=True)
class Case:
    """The network, the input and the expected arrays of a case. Times are in seconds, xi and b in steps.

    In the file, `steps` is called T, `a` alpha and `b` beta. `expected` holds the float64 arrays of the file, by name: any subset of those
    that are allowed.
    """

    steps: int
    dt: float
    tau_mem: float
    tau_syn: float
    threshold: float
    xi: float
    a: float
    b: float
    # [T, B, n_in]
    input_spikes: NDArray[np.uint8]
    # [B]
    labels: NDArray[np.int64]
    # [n_out, n_in] each
    weights: tuple[NDArray[np.float64], ...]
    expected: dict[str, NDArray[np.float64]]
    # The names of arrays in the file that are not compared.
    ignored: tuple[str, ...] = ()

    @property
    def batch(self) -> int:
        """The number of samples."""
        return len(self.labels)

    @property
    def graph(self) -> Graph:
        """The chain of layers, as a graph."""
        return chain(self.sizes, False, self.tau_mem * 1000, self.tau_syn * 1000)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The neurons per layer, input first."""
        return (self.input_spikes.shape[2], *(len(matrix) for matrix in self.weights))


def load_case(path: Path | str) -> Case:
    """Read a reference case. Raises DataError with the file, the array, what was found and what is allowed."""
    names = array_names(path)
    arrays = read_arrays(path, INPUT)
    steps = steps_of(path, arrays["T"])
    scalars = {name: scalar(path, name, arrays[name], positive=name in POSITIVE) for name in (*POSITIVE, "alpha")}
    spikes = numbers(path, "input_spikes", arrays["input_spikes"], (steps, None, None))
    if not np.isin(spikes, (0, 1)).all():
        raise DataError(f"{path}: input_spikes: found other numbers, allowed are 0 and 1")
    weights = _weights(path, names, spikes.shape[2])
    expected = _expected(path, names, steps, spikes.shape[1], weights)
    known = {*INPUT, *expected, *(f"weights_{k}" for k in range(len(weights)))}
    return Case(
        steps=steps,
        **{name: scalars[name] for name in ("dt", "tau_mem", "tau_syn", "threshold", "xi")},
        a=scalars["alpha"],
        b=scalars["beta"],
        input_spikes=spikes.astype(np.uint8),
        labels=labels_of(path, arrays["labels"], spikes.shape[1], len(weights[-1])),
        weights=weights,
        expected=expected,
        ignored=tuple(name for name in names if name not in known),
    )


def _weights(path: Path | str, names: tuple[str, ...], n_in: int) -> tuple[NDArray[np.float64], ...]:
    count = sum(re.fullmatch(r"weights_\d+", name) is not None for name in names)
    wanted = [f"weights_{k}" for k in range(max(count, 1))]
    weights = []
    for name, array in read_arrays(path, wanted).items():
        weights.append(numbers(path, name, array, (None, n_in)))
        n_in = len(weights[-1])
    return tuple(weights)


def _expected(
    path: Path | str, names: tuple[str, ...], steps: int, batch: int, weights: tuple[NDArray[np.float64], ...]
) -> dict[str, NDArray[np.float64]]:
    shapes: dict[str, tuple[int | None, ...]] = {"loss": (), "first_spike": (batch, len(weights[-1]))}
    for name in names:
        if (match := re.fullmatch(PER_LAYER, name)) and int(match[2]) < len(weights):
            matrix = weights[int(match[2])].shape
            shapes[name] = {"grad": matrix, "grad_samples": (batch, *matrix)}.get(match[1], (steps, batch, matrix[0]))
    arrays = read_arrays(path, shapes.__contains__)
    return {name: numbers(path, name, array, shapes[name]) for name, array in arrays.items()}
