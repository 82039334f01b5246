"""Reference cases: a case as scenario and samples, what counts as equal, and the float64 check; it never rounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.mirror import BatchRecord, Mirror, record_batch
from spinn2sim.scenario.data.dataset import Dataset
from spinn2sim.scenario.keys import Data, Encoding, Loss, Network, Optimizer, Scenario, Training
from spinn2sim.validation.case import Case

FLOAT64_LIMIT = 1e-9
PER_LAYER = ("spikes", "v", "i", "lambda_v", "lambda_i", "grad", "grad_samples")


@dataclass(frozen=True)
class Compared:
    """One array: its difference, and the largest that is allowed."""

    name: str
    difference: float
    limit: float

    @property
    def holds(self) -> bool:
        """Whether the difference is within its limit; one that is not a number is not."""
        return self.difference <= self.limit


@dataclass(frozen=True)
class FloatReport:
    """Every expected array of a case against the float64 mirror."""

    arrays: tuple[Compared, ...]
    ignored: tuple[str, ...] = ()  # arrays of the case that no comparison knows

    @property
    def holds(self) -> bool:
        """Whether there are arrays and all of them do: a case that expects nothing shows nothing."""
        return bool(self.arrays) and all(array.holds for array in self.arrays)

    @property
    def worst(self) -> Compared | None:
        """The array with the largest difference; None when the case expects nothing."""
        return max(self.arrays, key=lambda array: array.difference - array.limit, default=None)


def difference(found: NDArray[Any], expected: NDArray[Any]) -> float:
    """max|a - b| / max|expected|; absolute where expected is all zero; infinite where the shapes differ."""
    if found.shape != expected.shape:
        return float("inf")
    if expected.size == 0:
        return 0.0
    largest = float(np.abs(expected).max())
    apart = float(np.abs(np.asarray(found, np.float64) - expected).max())
    return apart / largest if largest > 0 else apart


def spike_agreement(a: NDArray[Any], b: NDArray[Any]) -> float:
    """|A and B| / |A or B| over (step, sample, neuron); 1 if both are empty."""
    fired_a, fired_b = a.astype(bool), b.astype(bool)
    union = int(np.count_nonzero(fired_a | fired_b))
    return int(np.count_nonzero(fired_a & fired_b)) / union if union else 1.0


def gradient_cosine(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Cosine of the angle between two gradients; 1 if both are zero, 0 if one is."""
    norm_a, norm_b = float(np.linalg.norm(a)), float(np.linalg.norm(b))
    if norm_a == 0 or norm_b == 0:
        return 1.0 if norm_a == norm_b else 0.0
    return float(np.vdot(a / norm_a, b / norm_b))


def relative_error(found: NDArray[np.float64], expected: NDArray[np.float64]) -> float:
    """|found - expected| / |expected| in the Euclidean norm; absolute where expected is zero."""
    norm = float(np.linalg.norm(expected))
    apart = float(np.linalg.norm(found - expected))
    return apart / norm if norm > 0 else apart


def case_samples(case: Case) -> Dataset:
    """The case's input as spike events, one sample per batch entry."""
    sample, step, source = np.nonzero(case.input_spikes.transpose(1, 0, 2))
    first = np.zeros(case.batch + 1, np.int64)
    np.cumsum(np.bincount(sample, minlength=case.batch), out=first[1:])
    return Dataset(
        first=first,
        step=step.astype(np.int32),
        source=source.astype(np.int32),
        labels=case.labels,
        n_inputs=case.sizes[0],
        n_classes=case.sizes[-1],
    )


def case_scenario(case: Case, copies: int | None = None, path: str | None = None) -> Scenario:
    """A scenario of the case's network and loss, one copy per sample unless `copies` says so; else the defaults."""
    dt_ms = case.dt * 1000
    return Scenario(
        name="case",
        data=Data(source="npz", path=path),
        encoding=Encoding(),
        network=Network(
            hidden=case.sizes[1:-1],
            steps=case.steps,
            dt_ms=dt_ms,
            tau_mem_ms=case.tau_mem * 1000,
            tau_syn_ms=case.tau_syn * 1000,
            init=tuple((0.0, 0.0) for _ in case.weights),
            integrator="exponential_euler",
            reset="to_zero",
            threshold=case.threshold,
        ),
        loss=Loss(xi_ms=case.xi * dt_ms, a=case.a, b_ms=case.b * dt_ms),
        optimizer=Optimizer(learning_rate=1e-3),
        training=Training(epochs=0, copies=copies or case.batch),
    )


def found_arrays(record: BatchRecord) -> dict[str, NDArray[Any]]:
    """A recording under the names of the reference-case format: spikes_0, v_0, ..., first_spike, loss."""
    found: dict[str, NDArray[Any]] = {"first_spike": record.first_spike, "loss": np.asarray(record.loss)}
    for kind in PER_LAYER:
        layers: Sequence[NDArray[Any]] = getattr(record, kind)
        found |= {f"{kind}_{k}": layer for k, layer in enumerate(layers)}
    return found


def check_float64(case: Case) -> FloatReport:
    """The float64 mirror against every array that the case expects: spikes must be equal, the rest to 1e-9."""
    mirror = Mirror(case_scenario(case), case.sizes, case.weights, "float64")
    found = found_arrays(record_batch(mirror, case_samples(case), np.arange(case.batch)))
    exact = ("spikes_", "first_spike")
    return FloatReport(
        tuple(
            Compared(name, difference(found[name], expected), 0.0 if name.startswith(exact) else FLOAT64_LIMIT)
            for name, expected in case.expected.items()
        ),
        case.ignored,
    )
