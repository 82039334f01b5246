"""Compares the float64 mirror with every array that a reference case expects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.mirror import BatchRecord, Mirror, record_batch
from spinn2sim.validation.agreement import largest_difference
from spinn2sim.validation.case import Case
from spinn2sim.validation.case_inputs import case_samples, case_scenario

FLOAT64_LIMIT = 1e-9
PER_LAYER = ("spikes", "v", "i", "lambda_v", "lambda_i", "grad", "grad_samples")


@dataclass(frozen=True)
class ArrayComparison:
    """The difference of one array, and the largest difference that is allowed."""

    name: str
    difference: float
    limit: float

    @property
    def holds(self) -> bool:
        """Whether the difference is within the limit; NaN is not."""
        return self.difference <= self.limit


@dataclass(frozen=True)
class FloatReport:
    """The comparison of every expected array of a case with the float64 mirror."""

    arrays: tuple[ArrayComparison, ...]
    # The names of arrays in the case that are not compared.
    ignored: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether there are arrays and all of them hold; a case that expects nothing proves nothing."""
        return bool(self.arrays) and all(array.holds for array in self.arrays)

    @property
    def worst(self) -> ArrayComparison | None:
        """The array that exceeds its limit most, or comes closest to it; None if the case expects nothing."""
        return max(self.arrays, key=lambda array: array.difference - array.limit, default=None)


def check_float64(case: Case) -> FloatReport:
    """Compare the float64 mirror with the case: spikes must be equal, the other arrays to 1e-9."""
    mirror = Mirror(case_scenario(case), case.graph, case.weights, "float64")
    actual = arrays_by_name(record_batch(mirror, case_samples(case), np.arange(case.batch)))
    exact = ("spikes_", "first_spike")
    return FloatReport(
        tuple(
            ArrayComparison(
                name,
                largest_difference(actual[name], expected),
                0.0 if name.startswith(exact) else FLOAT64_LIMIT,
            )
            for name, expected in case.expected.items()
        ),
        case.ignored,
    )


def arrays_by_name(record: BatchRecord) -> dict[str, NDArray[Any]]:
    """Return a recording's arrays by the names of the reference-case format: spikes_0, v_0, ..., first_spike, loss."""
    arrays: dict[str, NDArray[Any]] = {"first_spike": record.first_spike, "loss": np.asarray(record.loss)}
    for kind in PER_LAYER:
        layers: Sequence[NDArray[Any]] = getattr(record, kind)
        arrays |= {f"{kind}_{k}": layer for k, layer in enumerate(layers)}
    return arrays
