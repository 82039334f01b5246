"""Files that are whole or not there, and the lock on a folder.

Every write goes to a temporary file, is forced to the disk, and takes its name last. So what was written before stays readable when the
disk fills up or the machine stops.
"""

from __future__ import annotations

import fcntl
import json
import math
import os
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError, OutputError

LOCK = ".lock"
ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # of every member, so that equal arrays give equal bytes


@contextmanager
def refusing(path: Path) -> Iterator[None]:
    """Turn an OSError (disk full, no permission) inside the block into an OutputError that names `path`."""
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from None


@contextmanager
def locked(folder: Path, doing: str) -> Iterator[None]:
    """Let one process at a time work in a folder; the lock ends with its process. Raises OutputError, naming what another is `doing`."""
    with refusing(folder):
        file = (folder / LOCK).open("w")
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OutputError(f"{folder}: another process is {doing} in it") from None
        yield


def write_atomically(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Let `write` fill a temporary file, then give it its name. On any error the old file, if any, stays. Raises OutputError."""
    if path.is_dir():
        raise OutputError(f"{path}: cannot be written: it is a folder, allowed is a file")
    temporary = path.with_name(f".{path.name}.part")
    with refusing(path):
        try:
            with temporary.open("wb") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
            _sync_folder(path.parent)
        finally:
            temporary.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    # The new name is on the disk only when its folder is.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8, whole or not at all. Raises OutputError."""
    write_atomically(path, lambda file: file.write(text.encode()))


def write_json(path: Path, value: Mapping[str, object]) -> None:
    """Write a JSON object, whole or not at all; NaN and infinities come out as null. Raises OutputError."""
    write_text(path, json.dumps(as_json(value), indent=2) + "\n")


def write_npz(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays as an npz, whole or not at all: equal arrays give equal bytes. Raises OutputError."""

    def write(file: IO[bytes]) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for name, array in arrays.items():
                with archive.open(zipfile.ZipInfo(f"{name}.npy", ZIP_TIME), "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)

    write_atomically(path, write)


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object from a file. Raises DataError when the file is missing or holds something else."""
    try:
        found = json.loads(path.read_text())
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise DataError(f"{path}: found no JSON object")
    return found


def as_json(value: object) -> Any:
    """A value that JSON can hold: numpy scalars and arrays as numbers and lists, NaN and infinities as None."""
    if isinstance(value, np.ndarray | np.generic):
        return as_json(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): as_json(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(entry) for entry in value]
    return str(value) if isinstance(value, Path) else value
