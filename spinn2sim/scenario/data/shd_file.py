"""Reads the published HDF5 files of the Spiking Heidelberg Digits: spike times and units of each sample, and labels.

Cramer, Stradmann, Schemmel & Zenke 2022 (doi:10.1109/TNNLS.2020.3044364), https://zenkelab.org/datasets: shd_train.h5 and
shd_test.h5, unpacked. Each has spikes/times (s) and spikes/units (0 to 699), an array of any length per sample, and labels.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError

Found = TypeVar("Found")
UNITS, CLASSES = 700, 20
MAX_SAMPLES = 100_000
MAX_SECONDS = 10.0
MAX_SPIKES = 1 << 27  # in a file
FILES = ("shd_train.h5", "shd_test.h5")
GET = "an HDF5 file of the Spiking Heidelberg Digits, unpacked, from https://zenkelab.org/datasets"


class ShdLists(NamedTuple):
    """The contents of a file: a label and two arrays for each sample."""

    labels: NDArray[np.int64]
    times: Any
    units: Any


def read_shd_file(path: Path, use: Callable[[ShdLists], Found]) -> Found:
    """Check the layout of a file, and return what `use` makes of its contents while it is open."""
    try:
        h5py: Any = importlib.import_module("h5py")
    except ImportError:
        raise DataError(
            f'{path}: needs h5py, allowed where it is installed: pip install ".[shd]" in a checkout'
        ) from None
    try:
        with h5py.File(path, "r") as file:
            return use(_check_layout(h5py, path, file))
    except DataError:
        raise
    except FileNotFoundError:
        raise DataError(f"{path}: no such file, allowed is {GET}") from None
    except (OSError, RuntimeError, ValueError, KeyError, TypeError, OverflowError) as error:
        why = (str(error).splitlines() or ["nothing said"])[0]
        raise DataError(f"{path}: not an HDF5 file, or damaged ({why}), allowed is {GET}") from None


def _check_layout(h5py: Any, path: Path, file: Any) -> ShdLists:
    labels, times, units = (_dataset(h5py, path, file, name) for name in ("labels", "spikes/times", "spikes/units"))
    if labels.dtype.kind not in "iu" or not len(times) == len(units) == len(labels):
        found = f"{labels.dtype} labels of {len(labels)} samples, times of {len(times)}, units of {len(units)}"
        raise DataError(f"{path}: found {found}, allowed are integers, and as many of each")
    for name, dataset, kinds in (("spikes/times", times, "f"), ("spikes/units", units, "iu")):
        kind = h5py.check_vlen_dtype(dataset.dtype)
        if kind is None or np.dtype(kind).kind not in kinds:
            raise DataError(
                f"{path}: {name}: found {kind or dataset.dtype}, allowed are arrays of numbers, any length each"
            )
    digits = np.asarray(labels[()], np.int64)
    if digits.min() < 0 or digits.max() >= CLASSES:
        raise DataError(f"{path}: labels: found {digits.min()} to {digits.max()}, allowed is 0 to {CLASSES - 1}")
    return ShdLists(digits, times, units)


def shd_samples(path: Path, lists: ShdLists) -> Iterator[tuple[NDArray[np.float64], NDArray[np.int64]]]:
    """Yield the times in seconds and the units 0 to 699 of each sample's spikes. Raises DataError in one line."""
    total = 0
    for sample, (times, units) in enumerate(zip(lists.times, lists.units, strict=True)):
        yield _checked(f"{path}: sample {sample}", times, units)
        total += len(times)
        if total > MAX_SPIKES:
            raise DataError(f"{path}: found more than {MAX_SPIKES} spikes, allowed is {GET}")


def _dataset(h5py: Any, path: Path, file: Any, name: str) -> Any:
    """Return a list in the file. Raises DataError if it is a link, or if its data are kept in another file."""
    place, found = file, None
    for part in name.split("/"):
        is_here = isinstance(place, h5py.Group) and isinstance(place.get(part, getlink=True), h5py.HardLink)
        found = place[part] if is_here else None
        if found is None:
            raise DataError(f"{path}: has no {name}, allowed is {GET}")
        place = found
    if not isinstance(found, h5py.Dataset) or found.is_virtual or found.external or found.ndim != 1:
        raise DataError(f"{path}: {name}: found no plain list, allowed is one of 1 to {MAX_SAMPLES} samples")
    if not 1 <= len(found) <= MAX_SAMPLES:
        raise DataError(f"{path}: {name}: found {len(found)} samples, allowed are 1 to {MAX_SAMPLES}")
    return found


def _checked(where: str, times: Any, units: Any) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    seconds, channels = np.asarray(times, np.float64), np.asarray(units).astype(np.int64)
    if len(seconds) != len(channels):
        raise DataError(f"{where}: found {len(seconds)} times and {len(channels)} units, allowed are as many")
    if not ((seconds >= 0) & (seconds <= MAX_SECONDS)).all() or not ((channels >= 0) & (channels < UNITS)).all():
        raise DataError(f"{where}: found other times or units, allowed are 0 to {MAX_SECONDS} s and 0 to {UNITS - 1}")
    return seconds, channels
