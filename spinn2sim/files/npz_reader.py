"""Reads npz files of unknown origin: nothing is unpickled, and sizes are checked before memory is allocated."""

from __future__ import annotations

import math
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from spinn2sim.errors import DataError

Arrays = dict[str, NDArray[Any]]
MAX_BYTES = 4 << 30  # of one array
# The bytes of the header's length by version of the format; and limits on the header, and its form.
LENGTH_BYTES = {(1, 0): 2, (2, 0): 4}
LONGEST_HEADER, MOST_DIMENSIONS = 10_000, 32
HEADER = re.compile(
    r"\{'descr': '(?P<descr>[<>|=]?[?a-zA-Z]\d{0,5})', 'fortran_order': (?P<fortran>True|False), "
    r"'shape': \((?P<shape>(?:\d{1,18}, ?)*(?:\d{1,18})?)\),? ?\} *\n?"
)
# The errors of zipfile, zlib and numpy for a member that is damaged, encrypted, or compressed in a way that Python cannot read.
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError, NotImplementedError, OSError)


def array_names(path: Path | str) -> tuple[str, ...]:
    """Return the names of the arrays in an npz. Raises DataError."""
    with _open(path) as archive:
        return _names(archive)


def read_arrays(path: Path | str, wanted: Iterable[str] | Callable[[str], bool] | None = None) -> Arrays:
    """Read arrays of an npz by name: those named in `wanted` (which must all exist), or those for which `wanted` is true.

    Raises DataError in one line if the file is missing, not a zip or truncated, or if an array is missing, holds Python objects, or has a
    wrong or excessive size.
    """
    with _open(path) as archive:
        names = _names(archive)
        chosen = names if wanted is None else [n for n in names if wanted(n)] if callable(wanted) else list(wanted)
        for name in chosen:
            if name not in names:
                raise DataError(f"{path}: has no array {name}; it has {', '.join(names) or 'none'}")
        return {name: _read(archive, name, f"{path}: {name}") for name in chosen}


def _open(path: Path | str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except FileNotFoundError:
        raise DataError(f"{path}: no such file, allowed is an npz file") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from None
    except BROKEN as error:  # damaged bytes of the directory: zipfile says so in many ways
        raise DataError(f"{path}: not an npz file, or truncated ({error!s:.120})") from None


def _names(archive: zipfile.ZipFile) -> tuple[str, ...]:
    return tuple(name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy"))


def _read(archive: zipfile.ZipFile, name: str, where: str) -> NDArray[Any]:
    try:
        info = archive.getinfo(f"{name}.npy")
        with archive.open(info) as member:
            shape, fortran, dtype = _header(member)
            size = math.prod(shape) * dtype.itemsize
            if dtype.hasobject:
                raise DataError(f"{where}: holds pickled Python objects, allowed are numbers alone")
            if size > MAX_BYTES:
                raise DataError(f"{where}: {shape} of {dtype} takes {size} bytes, allowed are {MAX_BYTES}")
            if info.file_size - member.tell() != size:
                raise DataError(
                    f"{where}: {info.file_size - member.tell()} bytes for {shape} of {dtype}, allowed are {size}"
                )
            words = np.frombuffer(bytearray(member.read()), dtype)
            return words.reshape(shape, order="F" if fortran else "C")
    except BROKEN as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{where}: truncated or damaged ({error!s:.120})") from None


def _header(member: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Return shape, whether the order is Fortran's, and type. They are read here, since numpy's reader evaluates the header as Python."""
    version = npy.read_magic(member)
    if version not in LENGTH_BYTES:
        raise ValueError(f"npy version {version[0]}.{version[1]}")
    length = int.from_bytes(_bytes(member, LENGTH_BYTES[version]), "little")
    if length > LONGEST_HEADER:
        raise ValueError(f"a header of {length} bytes, allowed are {LONGEST_HEADER}")
    found = HEADER.fullmatch(_bytes(member, length).decode("latin-1"))
    if found is None:
        raise ValueError("a header that is not numpy's for an array of numbers")
    shape = tuple(int(part) for part in found["shape"].replace(",", " ").split())
    if len(shape) > MOST_DIMENSIONS:
        raise ValueError(f"{len(shape)} dimensions, allowed are {MOST_DIMENSIONS}")
    try:
        return shape, found["fortran"] == "True", np.dtype(found["descr"])
    except TypeError:
        raise ValueError(f"the type {found['descr']}") from None


def _bytes(member: IO[bytes], count: int) -> bytes:
    found = member.read(count)
    if len(found) != count:
        raise EOFError("the header ends too early")
    return found
