"""The only module that opens files for writing: writes files as a whole or not at all, appends lines, and locks folders.

Every file is written under a random name, where no one can have placed a link, is forced to the disk, and gets its own name last. So
earlier content stays readable if the disk fills up or the machine stops.
"""

from __future__ import annotations

import json
import math
import os
import secrets
import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import ON_WINDOWS, OutputError
from spinn2sim.files.input_file import open_input, read_input
from spinn2sim.files.json_reader import parse_object

try:
    import fcntl
except ImportError:
    raise ImportError(ON_WINDOWS) from None

LOCK = ".lock"
UNFINISHED = ".part"  # the end of the name of a file that is being written
ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the time of every member, so that equal arrays give equal bytes


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
    """Let one process at a time work in a folder; the lock ends with its process. Raises OutputError if another process is `doing` this."""
    lock = _lock(folder, doing)
    try:
        yield
    finally:
        with suppress(OSError):
            (folder / LOCK).unlink()
        os.close(lock)


def _lock(folder: Path, doing: str) -> int:
    """Open and lock the lock file of a folder. A file that its owner removed while this process waited for it does not count."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
    while True:
        with refusing(folder):
            lock = os.open(folder / LOCK, flags, 0o666)
            sync_folder(folder)  # after a loss of power the lock tells that what is beside it was begun
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(lock), os.lstat(folder / LOCK)):
                return lock
        except BlockingIOError:
            os.close(lock)
            raise _busy(folder, doing) from None
        except FileNotFoundError:
            pass
        os.close(lock)


def _busy(folder: Path, doing: str) -> OutputError:
    return OutputError(f"{folder}: another process is {doing} in it")


def refuse_locked(folder: Path, doing: str) -> None:
    """Raise OutputError if another process has locked a folder. A lock file that a killed process left stays there."""
    with refusing(folder):
        try:
            lock = os.open(folder / LOCK, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError:
            return
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _busy(folder, doing) from None
        finally:
            os.close(lock)


@contextmanager
def locked_folder(folder: Path, doing: str) -> Iterator[Path]:
    """Lock a folder as `locked` does, and yield the folder."""
    with locked(folder, doing):
        yield folder


class NewFile:
    """A file that is being written under a random hidden name, in the folder of its final name, which it gets when it is complete.

    `file` is open for writing, and locked as long as its process lives. Opening it, and every method, may raise OSError.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}{UNFINISHED}")
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        self.file: IO[bytes] = os.fdopen(os.open(self.temporary, flags, 0o666), "w+b")
        self._open = True
        _is_mine(self.file.fileno())

    def force(self) -> None:
        """Force everything written so far to the disk, still under the temporary name."""
        self.file.flush()
        os.fsync(self.file.fileno())

    def commit(self) -> None:
        """Give the file its name. Content and name are on the disk when this returns."""
        self.force()
        self.file.close()
        os.replace(self.temporary, self.path)  # noqa: PTH105 - a test simulates the loss of power behind each of these calls
        self._open = False
        sync_folder(self.path.parent)

    def discard(self) -> None:
        """Remove the temporary file, unless it has been given its name. Where that fails, the next to write the file removes it."""
        if self._open:
            self._open = False
            with suppress(OSError):  # a full disk may refuse data that are still to be flushed
                self.file.close()
            with suppress(OSError):
                self.temporary.unlink(missing_ok=True)


def write_atomically(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Let `write` fill a temporary file, then give it its name. After an error, an old file is unchanged. Raises OutputError."""
    with prepared(path, write) as new, refusing(path):
        new.commit()


@contextmanager
def prepared(path: Path, write: Callable[[IO[bytes]], object]) -> Iterator[NewFile]:
    """Yield a file with its content on the disk, for the block to commit; otherwise it is removed. Raises OutputError."""
    if path.is_dir():
        raise OutputError(f"{path}: cannot be written: it is a folder, allowed is a file")
    with refusing(path):
        _remove_forsaken(path)
        new = NewFile(path)
    try:
        with refusing(path):
            write(new.file)
            new.force()
        yield new
    finally:
        new.discard()


def _remove_forsaken(path: Path) -> None:
    """Remove the temporary files of `path` that killed processes have left."""
    for forsaken in path.parent.glob(f".{escape(path.name)}.*{UNFINISHED}"):
        with suppress(OSError):
            handle = os.open(forsaken, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                if _is_mine(handle):
                    forsaken.unlink()
            finally:
                os.close(handle)


def _is_mine(handle: int) -> bool:
    """Lock an open file for this process unless another one has; return whether it could be locked."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # locked, or on a file system without locks
        return False
    return True


def sync_folder(folder: Path) -> None:
    """Force the names in a folder to the disk: after a loss of power, a new name exists only if its folder was written."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """Make a folder and its parents unless they exist; their names are on the disk when this returns. Raises OutputError."""
    with refusing(folder):
        missing = [path for path in (folder, *folder.parents) if not path.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        for path in reversed(missing):
            sync_folder(path.parent)


def append(path: Path, data: bytes) -> None:
    """Add bytes to a file and force them to the disk. If that fails, the file is as before. Raises OutputError."""
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
    """Shorten a file to `length` bytes, which is on the disk when this returns. Raises OutputError."""
    with refusing(path):
        handle = os.open(path, os.O_WRONLY | os.O_NOFOLLOW)
        try:
            os.ftruncate(handle, length)
            os.fsync(handle)
        finally:
            os.close(handle)


def remove(path: Path) -> None:
    """Remove a file, if it exists. Raises OutputError."""
    with refusing(path):
        path.unlink(missing_ok=True)


def copy_file(source: Path, target: Path) -> None:
    """Copy a file, as a whole or not at all. Raises OutputError."""
    make_folder(target.parent)
    with open_input(source) as file:
        write_atomically(target, lambda out: shutil.copyfileobj(file, out))


def unfinished_files(folder: Path) -> list[Path]:
    """Return the temporary files that a killed process has left in a folder."""
    return sorted(folder.glob(f".*{UNFINISHED}"))


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8, as a whole or not at all. Raises OutputError."""
    write_atomically(path, lambda file: file.write(text.encode()))


def write_json(path: Path, value: Mapping[str, object]) -> None:
    """Write a JSON object, as a whole or not at all; NaN and infinities are written as null. Raises OutputError."""
    write_text(path, json.dumps(as_json(value), indent=2) + "\n")


def write_npz(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays as an npz, as a whole or not at all; equal arrays give equal bytes. Raises OutputError."""
    write_atomically(path, npz_writer(arrays))


def npz_writer(arrays: Mapping[str, NDArray[Any]]) -> Callable[[IO[bytes]], object]:
    """Return a function that writes arrays as an npz to an open file; equal arrays give equal bytes."""

    def write(file: IO[bytes]) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for name, array in arrays.items():
                with archive.open(zipfile.ZipInfo(f"{name}.npy", ZIP_TIME), "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)

    return write


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object from a file. Raises DataError if the file is missing or holds something else."""
    return parse_object(read_input(path), str(path))


def as_json(value: object) -> Any:
    """Convert a value to one that JSON can hold: numpy scalars and arrays to numbers and lists, NaN and infinities to None."""
    if isinstance(value, np.ndarray | np.generic):
        return as_json(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): as_json(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(entry) for entry in value]
    return str(value) if isinstance(value, Path) else value
