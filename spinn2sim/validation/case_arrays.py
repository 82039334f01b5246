"""Checks single arrays of a reference case, and converts them: what a file may contain is the same in both formats of cases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError, quoted

MAX_STEPS = 4096


def steps_of(path: Path | str, array: NDArray[Any]) -> int:
    """Return the number of steps. Raises DataError."""
    if array.shape != () or array.dtype.kind not in "iu" or not 2 <= int(array) <= MAX_STEPS:
        raise DataError(f"{path}: T: found {array.dtype} {quoted(array)}, allowed is an integer 2 to {MAX_STEPS}")
    return int(array)


def scalar(path: Path | str, name: str, array: NDArray[Any], positive: bool) -> float:
    """Return a finite number, 0 or more, or above 0. Raises DataError."""
    fits = array.shape == () and array.dtype.kind in "iuf" and np.isfinite(array) and array >= 0
    if not fits or (positive and float(array) == 0):
        allowed = "a finite number above 0" if positive else "a finite number, 0 or more"
        raise DataError(f"{path}: {name}: found {array.dtype} {quoted(array)}, allowed is {allowed}")
    return float(array)


def numbers(path: Path | str, name: str, array: NDArray[Any], shape: tuple[int | None, ...]) -> NDArray[np.float64]:
    """Return the array as float64. `shape` is the allowed shape; None stands for any length of at least 1."""
    fits = array.ndim == len(shape) and all(
        found == want if want else found >= 1 for found, want in zip(array.shape, shape, strict=True)
    )
    if not fits or array.dtype.kind not in "biuf":
        want = str(tuple("any" if length is None else length for length in shape)).replace("'", "")
        raise DataError(
            f"{path}: {name}: found {array.dtype} of shape {array.shape}, allowed are numbers of shape {want}"
        )
    if not np.isfinite(array).all():
        raise DataError(f"{path}: {name}: found numbers that are not finite, allowed are finite ones")
    return array.astype(np.float64)


def labels_of(path: Path | str, labels: NDArray[Any], batch: int, classes: int) -> NDArray[np.int64]:
    """Return labels 0 .. classes - 1, one for each sample. Raises DataError."""
    fits = labels.shape == (batch,) and labels.dtype.kind in "iu"
    if not fits or labels.min() < 0 or labels.max() >= classes:
        allowed = f"integers 0 to {classes - 1} of shape ({batch},)"
        raise DataError(f"{path}: labels: found {labels.dtype} of shape {labels.shape}, allowed are {allowed}")
    return labels.astype(np.int64)
