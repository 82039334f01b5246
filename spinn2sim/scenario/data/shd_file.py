"""Reads the published HDF5 files of the Spiking Heidelberg Digits: spike times and units of each sample, and labels.

Cramer, Stradmann, Schemmel & Zenke 2022 (doi:10.1109/TNNLS.2020.3044364), https://zenkelab.org/datasets: shd_train.h5 and
shd_test.h5, unpacked. Each has spikes/times (s) and spikes/units (0 to 699), an array of any length per sample, and labels.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError, how_to_install
from spinn2sim.files.hdf5_reader import Lists, read_tree

UNITS, CLASSES = 700, 20
MAX_SAMPLES = 100_000
MAX_SECONDS = 10.0
MAX_BYTES = 2 << 30  # of a file's numbers as float64, times and units of 2^27 spikes
DATASETS = ("labels", "spikes/times", "spikes/units")
FILES = ("shd_train.h5", "shd_test.h5")
GET = "an HDF5 file of the Spiking Heidelberg Digits, unpacked, from https://zenkelab.org/datasets"


class ShdLists(NamedTuple):
    """The contents of a file: a label and two arrays for each sample."""

    labels: NDArray[np.int64]
    times: Lists
    units: Lists


def read_shd_file(path: Path) -> ShdLists:
    """Read a file, and check how it is laid out. Raises DataError in one line."""
    try:
        tree = read_tree(path, DATASETS, GET, MAX_BYTES)
    except ModuleNotFoundError:
        raise DataError(f"{path}: needs h5py, allowed where it is installed: {how_to_install('shd')}") from None
    labels, times, units = tree["labels"], tree["spikes"]["times"], tree["spikes"]["units"]
    for name, found, kinds in (("spikes/times", times, "f"), ("spikes/units", units, "iu")):
        if not isinstance(found, Lists) or found.values.dtype.kind not in kinds:
            raise DataError(f"{path}: {name}: found something else, allowed are arrays of numbers, any length each")
    if not isinstance(labels, np.ndarray) or labels.dtype.kind not in "iu" or labels.ndim != 1:
        raise DataError(f"{path}: labels: found something else, allowed are integers")
    counts = len(labels), len(times.offsets) - 1, len(units.offsets) - 1
    if len(set(counts)) > 1 or not 1 <= counts[0] <= MAX_SAMPLES:
        found = f"labels of {counts[0]} samples, times of {counts[1]}, units of {counts[2]}"
        raise DataError(f"{path}: found {found}, allowed are as many of each, 1 to {MAX_SAMPLES}")
    digits = labels.astype(np.int64)
    if digits.min() < 0 or digits.max() >= CLASSES:
        raise DataError(f"{path}: labels: found {digits.min()} to {digits.max()}, allowed is 0 to {CLASSES - 1}")
    return ShdLists(digits, times, units)


def shd_samples(path: Path, lists: ShdLists) -> Iterator[tuple[NDArray[np.float64], NDArray[np.int64]]]:
    """Yield the times in seconds and the units 0 to 699 of each sample's spikes. Raises DataError in one line."""
    bounds = zip(pairwise(lists.times.offsets), pairwise(lists.units.offsets), strict=True)
    for sample, ((first, last), (begin, end)) in enumerate(bounds):
        seconds = lists.times.values[first:last].astype(np.float64)
        units = lists.units.values[begin:end].astype(np.int64)
        where = f"{path}: sample {sample}"
        if len(seconds) != len(units):
            raise DataError(f"{where}: found {len(seconds)} times and {len(units)} units, allowed are as many")
        if not ((seconds >= 0) & (seconds <= MAX_SECONDS)).all() or not ((units >= 0) & (units < UNITS)).all():
            raise DataError(
                f"{where}: found other times or units, allowed are 0 to {MAX_SECONDS} s and 0 to {UNITS - 1}"
            )
        yield seconds, units
