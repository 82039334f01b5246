"""Reads an HDF5 file of unknown origin as nested dicts, in a process of its own that may take little time and memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError
from spinn2sim.files.input_file import open_input
from spinn2sim.files.limited_process import Frame, Limits, frames

# Maps names to trees, to arrays of numbers or strings, to strings, and to Lists.
Tree = dict[str, Any]
PROCESS = "spinn2sim.files.hdf5_process"
MAX_BYTES = 320 << 20  # of all arrays together with numbers as float64, as many as the largest network takes
MAX_OBJECTS = 5_000
# Seconds of computing, and for each megabyte of the file; a file is read in far less.
SECONDS, SECONDS_PER_MB = 0.5, 0.1
MEMORY = 256 << 20  # bytes besides the largest array


class Lists(NamedTuple):
    """Arrays of any length: `values` has all of them, and array k is values[offsets[k] : offsets[k + 1]]."""

    values: NDArray[Any]
    offsets: NDArray[np.int64]


def read_tree(path: Path, wanted: Sequence[str], allowed: str, most_bytes: int | None = None) -> Tree:
    """Read groups and datasets of a file by their paths in it. `allowed` says in messages what the file should be.

    Raises DataError for a file that is not HDF5, is damaged or too large, or holds anything but numbers and strings; and
    ModuleNotFoundError if h5py is not installed.
    """
    if find_spec("h5py") is None:
        raise ModuleNotFoundError("h5py is not installed", name="h5py")
    most = MAX_BYTES if most_bytes is None else most_bytes
    request = {"wanted": list(wanted), "most_bytes": most, "most_objects": MAX_OBJECTS}
    with open_input(path, allowed) as file:
        limits = Limits(SECONDS + SECONDS_PER_MB * path.stat().st_size / 1e6, min(most, MAX_BYTES) + MEMORY)
        try:
            return _tree_of(frames(PROCESS, file, request, limits))
        except DataError as error:
            raise DataError(f"{path}: {error}; needed is {allowed}") from None


def _tree_of(answer: Iterator[Frame]) -> Tree:
    tree: Tree = {}
    for about, data in answer:
        *parents, name = about["path"]
        place = tree
        for parent in parents:
            place = place.setdefault(parent, {})
        if about["kind"] == "lists":
            count = about["count"]
            found = [next(answer)[1] for _ in range(count)]
            place[name] = _lists(np.dtype(about["dtype"]), found)
        else:
            place[name] = _value(about, data)
    return tree


def _value(about: dict[str, Any], data: bytearray) -> Any:
    if about["kind"] == "group":
        return {}
    shape = tuple(about["shape"])
    if about["kind"] == "array":
        return np.frombuffer(data, np.dtype(about["dtype"])).reshape(shape)[()]
    return np.array(about["texts"]).reshape(shape) if shape else about["texts"][0]


def _lists(dtype: np.dtype[Any], found: Sequence[bytes | bytearray]) -> Lists:
    offsets = np.zeros(len(found) + 1, np.int64)
    np.cumsum([len(data) // dtype.itemsize for data in found], out=offsets[1:])
    return Lists(np.frombuffer(b"".join(found), dtype), offsets)
