"""Scales the values of a table to 0..1 and fills in missing ones, by what the training samples show and nothing else."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError, DataNote
from spinn2sim.scenario.data.classes import listed
from spinn2sim.scenario.data.sample_table import SampleTable

CONSTANT = 0.5  # the value of a column that is constant among the training samples


def scaled(
    parts: tuple[SampleTable, SampleTable], trained: int, scale: str | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the values [n, d] in 0..1 of the training and the test part, of whose first the first `trained` samples are looked at.

    With "min_max", x becomes (x - least) / (most - least) of its column; values beyond these bounds, which only samples that are not
    looked at can have, are clipped. Missing values (NaN) become the mean of their column. Raises DataError for values outside 0..1.
    """
    where, columns = parts[0].where, parts[0].columns
    seen = parts[0].values[:trained]
    parts = tuple(part._replace(values=_filled(part.values, seen, where)) for part in parts)  # type: ignore[assignment]
    seen = parts[0].values[:trained]
    low, high = seen.min(axis=0), seen.max(axis=0)
    constant = [columns[k] for k in np.flatnonzero(low == high)]
    if constant:
        warnings.warn(
            f"{where}: {listed(constant)}: the same in all training samples, from which nothing can be learned",
            DataNote,
            stacklevel=3,
        )
    if scale != "min_max":
        for part in parts:
            _refuse_outside(part)
        return parts[0].values, parts[1].values
    found = [_min_max(part.values, low, high) for part in parts]
    beyond = sum(int(((part.values < low) | (part.values > high)).sum()) for part in parts)
    if beyond:
        warnings.warn(
            f"{where}: {beyond} values of samples that are not for training lie beyond those of the training samples: clipped to 0..1",
            DataNote,
            stacklevel=3,
        )
    return found[0], found[1]


def _min_max(values: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.float64]:
    # Halved first, so that no difference of two float64 overflows.
    span = high / 2 - low / 2
    safe = np.where(span > 0, span, 1.0)
    clipped = np.clip((np.clip(values, low, high) / 2 - low / 2) / safe, 0.0, 1.0)
    found: NDArray[np.float64] = np.where(span > 0, clipped, CONSTANT)
    return found


def _filled(values: NDArray[np.float64], seen: NDArray[np.float64], where: str) -> NDArray[np.float64]:
    lacking = np.isnan(values)
    if not lacking.any():
        return values
    counts = (~np.isnan(seen)).sum(axis=0)
    with np.errstate(over="ignore"):
        means = np.where(np.isnan(seen), 0.0, seen / np.maximum(counts, 1)).sum(axis=0)
    warnings.warn(
        f"{where}: {int(lacking.sum())} missing values became the mean of their column", DataNote, stacklevel=4
    )
    return np.where(lacking, means, values)


def _refuse_outside(part: SampleTable) -> None:
    outside = (part.values < 0) | (part.values > 1)
    if outside.any():
        row, column = (int(k) for k in np.argwhere(outside)[0])
        raise DataError(
            f"{part.where}: {part.rows[row]}, {part.columns[column]}: found {part.values[row, column]:g}, allowed is 0 to 1 with "
            'data.scale = "none"; "min_max" scales each column'
        )
