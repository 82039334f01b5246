"""Warns of labels that are allowed but probably wrong: classes without training samples, marks for "ignore", sorted labels."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError, DataWarning

# The value by which data sets of pixels mark labels to be ignored: the largest byte.
IGNORED = 255
NAMED = 8  # how many classes a warning lists


def refuse_marks(labels: NDArray[np.int64], where: str) -> None:
    """Raise DataError for the label 255 if all other classes are far smaller: as a class it would require 256 outputs."""
    others = labels[labels != IGNORED]
    if labels.max(initial=0) == IGNORED and others.max(initial=-1) < IGNORED - 1:
        count, last = len(labels) - len(others), int(others.max(initial=-1))
        raise DataError(
            f"{where}: found label {IGNORED} in {count} samples, and no other above {last}; allowed are classes 0, 1, 2, ...: "
            f"leave samples out that are marked to be ignored"
        )


def warn_of_untrained(train: NDArray[np.int64], classes: int, where: str) -> None:
    """Warn of classes that have an output neuron but no training sample."""
    counts = np.bincount(train, minlength=classes)
    missing = np.flatnonzero(counts == 0)
    if not len(missing):
        return
    names = ", ".join(map(str, missing[:NAMED])) + (f" and {len(missing) - NAMED} more" if len(missing) > NAMED else "")
    start = int(np.flatnonzero(counts)[0])
    offset = f"; the labels start at {start}, classes are counted from 0" if start else ""
    warnings.warn(
        f"{where}: no training sample has label {names}, of {classes} classes with an output neuron each{offset}",
        DataWarning,
        stacklevel=2,
    )


def warn_of_order(labels: NDArray[np.int64], where: str) -> None:
    """Warn of labels in rising or falling order, if they are cut into consecutive splits."""
    steps = np.diff(labels)
    if len(labels) > 2 and steps.any() and ((steps >= 0).all() or (steps <= 0).all()):
        warnings.warn(
            f"{where}: the samples are sorted by label, and splits are cut from them in this order, so that they have unlike classes; "
            "shuffle the file",
            DataWarning,
            stacklevel=2,
        )
