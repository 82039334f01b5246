"""Reads npz files of unknown origin: nothing is unpickled, and sizes are checked before memory is allocated."""

from __future__ import annotations

import math
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from spinn2sim.errors import DataError
from spinn2sim.files.input_file import open_input
from spinn2sim.files.lacking_memory import refuse_if_memory_lacks

Arrays = dict[str, NDArray[Any]]
MAX_BYTES = 4 << 30  # of one array
# Arrays that are read together may take FREE_BYTES, or if that is more, MOST_INFLATION times the file's own bytes.
FREE_BYTES, MOST_INFLATION = 128 << 20, 100
MOST_MEMBERS, MOST_DIRECTORY_BYTES = 4096, 1 << 20
BLOCK = 1 << 20
# The bytes of the header's length by version of the format; and limits on the header, and its form.
LENGTH_BYTES = {(1, 0): 2, (2, 0): 4}
LONGEST_HEADER, MOST_DIMENSIONS = 10_000, 32
MOST_NAMED = 8  # arrays that a message names
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
        existing = set(names)
        for name in chosen:
            if name not in existing:
                has = ", ".join(names[:MOST_NAMED]) + (", ..." if len(names) > MOST_NAMED else "")
                raise DataError(f"{path}: has no array {name}; it has {has or 'none'}")
        return _read_all(archive, chosen, path)


class _Archive:
    """An open file, from which at most `most` bytes are read at once while zipfile reads the list of members."""

    def __init__(self, file: IO[bytes]) -> None:
        self.most = MOST_DIRECTORY_BYTES
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        """Read `size` bytes, or the rest. Raises BadZipFile if these are too many."""
        found = self._file.read(size if 0 <= size <= self.most else self.most + 1)
        if len(found) > self.most:
            raise zipfile.BadZipFile(f"a list of members of more than {self.most} bytes")
        return found


@contextmanager
def _open(path: Path | str) -> Iterator[zipfile.ZipFile]:
    with open_input(path, "an npz file") as opened:
        file = _Archive(opened)
        try:
            archive = zipfile.ZipFile(file)
        except OSError as error:
            raise DataError(f"{path}: cannot be read: {error.strerror or error}") from None
        except BROKEN as error:  # damaged bytes of the directory: zipfile says so in many ways
            raise DataError(f"{path}: not an npz file, or truncated ({error!s:.120})") from None
        file.most = MAX_BYTES
        with archive:
            if len(archive.infolist()) > MOST_MEMBERS:
                raise DataError(
                    f"{path}: found {len(archive.infolist())} members, allowed are {MOST_MEMBERS} in an npz file"
                )
            yield archive


def _names(archive: zipfile.ZipFile) -> tuple[str, ...]:
    return tuple(name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy"))


def _read_all(archive: zipfile.ZipFile, names: Iterable[str], path: Path | str) -> Arrays:
    """Read arrays, whose sizes together are limited by that of the file: a member of a zip may unpack to a thousand times its size."""
    packed = Path(path).stat().st_size
    left = max(FREE_BYTES, MOST_INFLATION * packed)
    found: Arrays = {}
    for name in names:
        found[name] = _read(archive, name, f"{path}: {name}", left)
        left -= found[name].nbytes
    return found


def _read(archive: zipfile.ZipFile, name: str, where: str, left: int) -> NDArray[Any]:
    try:
        info = archive.getinfo(f"{name}.npy")
        with archive.open(info) as member:
            shape, fortran, dtype = _header(member)
            size = math.prod(shape) * dtype.itemsize
            if dtype.hasobject:
                raise DataError(f"{where}: holds pickled Python objects, allowed are numbers alone")
            if size > MAX_BYTES:
                raise DataError(f"{where}: {shape} of {dtype} takes {size} bytes, allowed are {MAX_BYTES}")
            if size > left:
                raise DataError(
                    f"{where}: {shape} of {dtype} takes {size} bytes, allowed are {left}: the file is packed too tightly"
                )
            if info.file_size - member.tell() != size:
                raise DataError(
                    f"{where}: {info.file_size - member.tell()} bytes for {shape} of {dtype}, allowed are {size}"
                )
            words = np.frombuffer(_bytes(member, size), dtype)
            return words.reshape(shape, order="F" if fortran else "C")
    except BROKEN as error:
        if isinstance(error, DataError):
            raise
        refuse_if_memory_lacks(error)
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


def _bytes(member: IO[bytes], count: int) -> bytearray:
    """Read exactly `count` bytes, block by block into memory that is allocated once."""
    found = bytearray(count)
    view, at = memoryview(found), 0
    while at < count:
        block = member.read(min(BLOCK, count - at))
        if not block:
            raise EOFError("it ends too early")
        view[at : at + len(block)] = block
        at += len(block)
    return found
