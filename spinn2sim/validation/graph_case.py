"""A reference case whose network is any graph: populations, projections, input and expected results, read from an npz."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError, quoted
from spinn2sim.files.npz_reader import array_names, read_arrays
from spinn2sim.graph import Graph, Kind, Learn, Population, Projection
from spinn2sim.scenario.keys import AVERAGE_VOLTAGE, FIRST_SPIKE, MAX_VOLTAGE, Loss
from spinn2sim.validation.case_arrays import MAX_STEPS, labels_of, numbers, scalar, steps_of

Arrays = dict[str, NDArray[Any]]
Floats = NDArray[np.float64]
LOSSES = {FIRST_SPIKE: "lif", MAX_VOLTAGE: "readout", AVERAGE_VOLTAGE: "readout"}
MOST = 4096  # populations, and projections
PER_POPULATION = ("spikes", "v", "i", "lambda_v", "lambda_i", "error")
PER_PROJECTION = ("grad", "delay_grad")


@dataclass(frozen=True)
class GraphCase:
    """The network, the input and the expected arrays of a case.

    Names of arrays end in the numbers that populations and projections have in the file.
    """

    steps: int
    dt: float
    threshold: float
    loss: Loss
    graph: Graph
    # The number in the file of each projection of the graph, which sorts them.
    numbers: tuple[int, ...]
    # [T, B, n], all inputs one after the other
    input_spikes: NDArray[np.uint8]
    # [B]
    labels: NDArray[np.int64]
    # (n_post, n_pre) of each projection of the graph
    weights: tuple[Floats, ...]
    delays: tuple[Floats, ...]
    expected: dict[str, Floats]
    # The names of arrays in the file that are not compared.
    ignored: tuple[str, ...] = ()

    @property
    def batch(self) -> int:
        """The number of samples."""
        return len(self.labels)

    @property
    def populations(self) -> tuple[int, ...]:
        """The populations that have results: all but the inputs."""
        return tuple(p for p in range(len(self.graph.populations)) if p not in self.graph.inputs)


def is_graph_case(path: Path | str) -> bool:
    """Return whether a file has the format of a case whose network is any graph. Raises DataError if it is no npz."""
    return "populations" in array_names(path)


def load_graph_case(path: Path | str) -> GraphCase:
    """Read a reference case. Raises DataError with the file, the array, what was found and what is allowed."""
    return _Reader(path).case()


class _Reader:
    """Reads one file."""

    def __init__(self, path: Path | str) -> None:
        self._path, self._names, self._known = path, array_names(path), set[str]()
        self._file: Arrays = read_arrays(path, lambda name: True)

    def case(self) -> GraphCase:
        """Read everything."""
        steps = steps_of(self._path, self._array("T"))
        dt, threshold = (self._scalar(name, positive=True) for name in ("dt", "threshold"))
        populations = [self._population(p) for p in range(self._count("populations"))]
        inputs = [k for k, p in enumerate(populations) if p.kind == "input"]
        spikes = self._input_spikes(inputs, populations, steps)
        found = [self._projection(q, populations) for q in range(self._count("projections"))]
        order = sorted(range(len(found)), key=lambda q: found[q].post)
        output, loss = self._loss(populations, dt)
        graph = Graph(tuple(populations), tuple(found[q] for q in order), output)
        batch, classes = spikes.shape[1], populations[output].size
        case = GraphCase(
            steps, dt, threshold, loss, graph, tuple(order), spikes,
            labels_of(self._path, self._array("labels"), batch, classes),
            tuple(self._matrix(f"weights_{q}", graph.shape(k)) for k, q in enumerate(order)),
            tuple(self._matrix(f"delays_{q}", graph.shape(k)) for k, q in enumerate(order)),
            self._expected(graph, order, (steps, batch)),
        )  # fmt: skip
        object.__setattr__(case, "ignored", tuple(name for name in self._names if name not in self._known))
        return case

    def _array(self, name: str) -> NDArray[Any]:
        self._known.add(name)
        if name not in self._file:
            raise DataError(f"{self._path}: has no array {name}")
        return self._file[name]

    def _scalar(self, name: str, positive: bool = False) -> float:
        return scalar(self._path, name, self._array(name), positive)

    def _count(self, name: str) -> int:
        return self._whole(name, 1, MOST)

    def _whole(self, name: str, low: int, high: int) -> int:
        array = self._array(name)
        if array.shape != () or array.dtype.kind not in "iu" or not low <= int(array) <= high:
            found = f"{array.dtype} {quoted(array)}"
            raise DataError(f"{self._path}: {name}: found {found}, allowed is an integer {low} to {high}")
        return int(array)

    def _word(self, name: str, allowed: tuple[str, ...]) -> str:
        array = self._array(name)
        text = str(array) if array.shape == () and array.dtype.kind == "U" else ""
        if text not in allowed:
            raise DataError(f"{self._path}: {name}: found {quoted(array)}, allowed is {' or '.join(allowed)}")
        return text

    def _matrix(self, name: str, shape: tuple[int, ...]) -> Floats:
        return numbers(self._path, name, self._array(name), shape)

    def _population(self, p: int) -> Population:
        kinds: tuple[Kind, ...] = ("input", "lif", "readout")
        kind = kinds[kinds.index(self._word(f"kind_{p}", kinds))]
        size = self._whole(f"size_{p}", 1, 2**16 - 1)
        if kind == "input":
            return Population(f"population{p}", size, kind)
        taus = self._taus(f"tau_mem_{p}", size), self._taus(f"tau_syn_{p}", size)
        rests = kind == "lif" and f"refractory_{p}" in self._names
        return Population(
            f"population{p}", size, kind, *taus, self._whole(f"refractory_{p}", 0, MAX_STEPS) if rests else 0
        )

    def _taus(self, name: str, size: int) -> float | tuple[float, ...]:
        """Read time constants in seconds, one or one per neuron; return them in ms."""
        array = self._array(name)
        taus = numbers(self._path, name, array, () if array.shape == () else (size,)) * 1000
        if taus.min() <= 0:
            raise DataError(f"{self._path}: {name}: found {taus.min() / 1000}, allowed are numbers above 0")
        return float(taus.flat[0]) if taus.min() == taus.max() else tuple(map(float, taus))

    def _input_spikes(self, inputs: list[int], populations: list[Population], steps: int) -> NDArray[np.uint8]:
        if not inputs:
            raise DataError(f"{self._path}: found no population of kind input, allowed is one at least")
        shape: tuple[int | None, ...] = (steps, None)
        parts = []
        for p in inputs:
            part = numbers(
                self._path, f"input_spikes_{p}", self._array(f"input_spikes_{p}"), (*shape, populations[p].size)
            )
            if not np.isin(part, (0, 1)).all():
                raise DataError(f"{self._path}: input_spikes_{p}: found other numbers, allowed are 0 and 1")
            parts.append(part)
            shape = (steps, part.shape[1])
        return np.concatenate(parts, axis=2).astype(np.uint8)

    def _projection(self, q: int, populations: list[Population]) -> Projection:
        last = len(populations) - 1
        pre, post = self._whole(f"pre_{q}", 0, last), self._whole(f"post_{q}", 0, last)
        if populations[post].kind == "input" or populations[pre].kind == "readout":
            wrong, what = (f"post_{q}", "input") if populations[post].kind == "input" else (f"pre_{q}", "readout")
            raise DataError(f"{self._path}: {wrong}: found a population of kind {what}, allowed is another kind")
        shape = (populations[post].size, populations[pre].size)
        delays, exists = self._matrix(f"delays_{q}", shape), self._matrix(f"mask_{q}", shape)
        if (
            not (np.isin(exists, (0, 1)).all() and np.equal(delays, np.floor(delays)).all())
            or delays.min() < 0
            or delays.max() > MAX_STEPS
        ):
            raise DataError(
                f"{self._path}: projection {q}: allowed are delays of 0 to {MAX_STEPS} whole steps, and masks of 0 and 1"
            )
        learns = f"delay_grad_{q}" in self._names
        learn: Learn = "both" if learns else "weights"
        longest = int((delays * exists).max())
        return Projection(
            pre, post, learn, max(1, longest) if learns else longest, None if exists.all() else exists.astype(bool)
        )

    def _loss(self, populations: list[Population], dt: float) -> tuple[int, Loss]:
        kind = self._word("loss_kind", tuple(LOSSES))
        output = self._whole("output", 0, len(populations) - 1)
        if populations[output].kind != LOSSES[kind]:
            raise DataError(
                f"{self._path}: output: found kind {populations[output].kind}, allowed is {LOSSES[kind]} for {kind}"
            )
        if kind != FIRST_SPIKE:
            temperature = self._scalar("temperature", positive=True)
            return output, Loss(
                kind="max_voltage" if kind == MAX_VOLTAGE else "average_voltage", temperature=temperature
            )
        xi, b = (self._scalar(name, positive=True) * dt * 1000 for name in ("xi", "beta"))
        return output, Loss(xi_ms=xi, a=self._scalar("alpha"), b_ms=b)

    def _expected(self, graph: Graph, order: list[int], dense: tuple[int, int]) -> dict[str, Floats]:
        answers = (dense[1], graph.sizes[graph.output])
        shapes: dict[str, tuple[int | None, ...]] = {
            "loss": (),
            "first_spike": answers,
            "max_voltage": answers,
            "max_step": answers,
            "average_voltage": answers,
        }
        for p, population in enumerate(graph.populations):
            if population.kind != "input":
                shapes |= {f"{name}_{p}": (*dense, population.size) for name in PER_POPULATION}
        shapes |= {f"{name}_{q}": graph.shape(k) for k, q in enumerate(order) for name in PER_PROJECTION}
        return {
            name: numbers(self._path, name, self._array(name), shape)
            for name, shape in shapes.items()
            if name in self._names
        }
