"""The one place that opens files for writing: files that are whole or not there, lines that are added, and the lock on a folder.

Every file is written under a random name, which no link can have been planted under, is forced to the disk, and takes its name last.
So what was written before stays readable when the disk fills up or the machine stops.
"""

from __future__ import annotations

import fcntl
import json
import math
import os
import secrets
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError, OutputError

LOCK = ".lock"
UNFINISHED = ".part"  # at the end of the name of a file that is being written
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
    lock = _lock(folder, doing)
    try:
        yield
    finally:
        with suppress(OSError):
            (folder / LOCK).unlink()
        os.close(lock)


def _lock(folder: Path, doing: str) -> int:
    """The open and locked file of a folder's lock. One that its owner removed while this process waited for it does not count."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
    while True:
        with refusing(folder):
            lock = os.open(folder / LOCK, flags, 0o666)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(lock), os.lstat(folder / LOCK)):
                return lock
        except BlockingIOError:
            os.close(lock)
            raise OutputError(f"{folder}: another process is {doing} in it") from None
        except FileNotFoundError:
            pass
        os.close(lock)


@contextmanager
def locked_folder(folder: Path, doing: str) -> Iterator[Path]:
    """Lock a folder as `locked` does; the block gets the folder."""
    with locked(folder, doing):
        yield folder


class NewFile:
    """A file that is being written under a random hidden name, in the folder of the name that it gets when it is whole.

    `file` is open for writing. Opening, and every method, may raise OSError.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}{UNFINISHED}")
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        self.file: IO[bytes] = os.fdopen(os.open(self.temporary, flags, 0o666), "w+b")

    def force(self) -> None:
        """Have everything that was written so far on the disk, still under the temporary name."""
        self.file.flush()
        os.fsync(self.file.fileno())

    def commit(self) -> None:
        """Give the file its name. When this returns, the content and the name are on the disk."""
        self.force()
        self.file.close()
        os.replace(self.temporary, self.path)  # noqa: PTH105 - a test simulates the loss of power behind each of these calls
        sync_folder(self.path.parent)

    def discard(self) -> None:
        """Remove the temporary file, unless it has got its name."""
        with suppress(OSError):  # a full disk may refuse what was still to be flushed
            self.file.close()
        self.temporary.unlink(missing_ok=True)


def write_atomically(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Let `write` fill a temporary file, then give it its name. On any error the old file, if any, stays. Raises OutputError."""
    with prepared(path, write) as new, refusing(path):
        new.commit()


@contextmanager
def prepared(path: Path, write: Callable[[IO[bytes]], object]) -> Iterator[NewFile]:
    """A file with its content on the disk, which gets its name when the block commits it, and else is removed. Raises OutputError."""
    if path.is_dir():
        raise OutputError(f"{path}: cannot be written: it is a folder, allowed is a file")
    with refusing(path):
        new = NewFile(path)
    try:
        with refusing(path):
            write(new.file)
            new.force()
        yield new
    finally:
        new.discard()


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk: a new name survives the loss of power only when its folder does."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, unless it is there; its name is on the disk when this returns. Raises OutputError."""
    with refusing(folder):
        missing = [path for path in (folder, *folder.parents) if not path.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        for path in reversed(missing):
            sync_folder(path.parent)


def append(path: Path, data: bytes) -> None:
    """Add bytes to a file and force them to the disk. If that fails the file is as before. Raises OutputError."""
    with refusing(path):
        new = not path.exists()
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o666)
        with os.fdopen(handle, "ab") as file:
            length = file.tell()
            try:
                file.write(data)
                file.flush()
                os.fsync(handle)
            except OSError:
                os.ftruncate(handle, length)
                raise
        if new:
            sync_folder(path.parent)


def cut(path: Path, length: int) -> None:
    """Shorten a file to `length` bytes, on the disk when this returns. Raises OutputError."""
    with refusing(path):
        handle = os.open(path, os.O_WRONLY | os.O_NOFOLLOW)
        try:
            os.ftruncate(handle, length)
            os.fsync(handle)
        finally:
            os.close(handle)


def unfinished_files(folder: Path) -> list[Path]:
    """The temporary files that a process which was killed has left in a folder."""
    return sorted(folder.glob(f".*{UNFINISHED}"))


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8, whole or not at all. Raises OutputError."""
    write_atomically(path, lambda file: file.write(text.encode()))


def write_json(path: Path, value: Mapping[str, object]) -> None:
    """Write a JSON object, whole or not at all; NaN and infinities come out as null. Raises OutputError."""
    write_text(path, json.dumps(as_json(value), indent=2) + "\n")


def write_npz(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays as an npz, whole or not at all: equal arrays give equal bytes. Raises OutputError."""
    write_atomically(path, npz_writer(arrays))


def npz_writer(arrays: Mapping[str, NDArray[Any]]) -> Callable[[IO[bytes]], object]:
    """A function that writes arrays as an npz into an open file: equal arrays give equal bytes."""

    def write(file: IO[bytes]) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for name, array in arrays.items():
                with archive.open(zipfile.ZipInfo(f"{name}.npy", ZIP_TIME), "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)

    return write


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
