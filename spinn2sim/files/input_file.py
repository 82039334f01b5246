"""Opens files that others may have made, for reading: regular files alone, without waiting, and up to a stated size.

A path may lead to a FIFO that no one writes to, to a device without an end such as /dev/zero, or to a file larger than the memory. Links
are followed: what counts is what they lead to.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import IO

from spinn2sim.errors import DataError

# What a path may lead to besides a regular file, by the type in its mode.
OTHER_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
MOST_TEXT_BYTES = 256 << 20  # of a file that is read as a whole, unless its reader allows less


def open_input(path: Path | str, allowed: str = "a file", most_bytes: int | None = None) -> IO[bytes]:
    """Open a regular file of at most `most_bytes` for reading. `allowed` says in messages what the file should be.

    Raises DataError, in one line, if there is no such file, if it cannot be opened, is something else than a regular file, or is larger.
    """
    if "\0" in str(path):
        raise DataError(f"{path}: found a null character in a name, allowed is {allowed}")
    try:
        _refuse_other(path, os.stat(path), allowed, most_bytes)  # noqa: PTH116 - before it is opened, since to open a device may act on it
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except FileNotFoundError:
        raise DataError(f"{path}: cannot be read: no such file, allowed is {allowed}") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}, allowed is {allowed}") from None
    file = os.fdopen(handle, "rb")
    try:
        _refuse_other(path, os.fstat(handle), allowed, most_bytes)
    except DataError:
        file.close()
        raise
    return file


def read_input(path: Path | str, allowed: str = "a file", most_bytes: int = MOST_TEXT_BYTES) -> bytes:
    """Return the bytes of a regular file. Raises DataError as `open_input` does."""
    with open_input(path, allowed, most_bytes) as file:
        try:
            return file.read(most_bytes)
        except OSError as error:
            raise DataError(f"{path}: cannot be read: {error.strerror or error}") from None


def need_regular(path: Path | str, allowed: str = "a file", most_bytes: int | None = None) -> None:
    """Raise DataError as `open_input` does, for files that a library opens by their path."""
    open_input(path, allowed, most_bytes).close()


def _refuse_other(path: Path | str, found: os.stat_result, allowed: str, most_bytes: int | None) -> None:
    kind = stat.S_IFMT(found.st_mode)
    if kind != stat.S_IFREG:
        raise DataError(
            f"{path}: cannot be read: it is {OTHER_KINDS.get(kind, 'no regular file')}, allowed is {allowed}"
        )
    if most_bytes is not None and found.st_size > most_bytes:
        raise DataError(f"{path}: found {found.st_size:,} bytes, allowed are {most_bytes:,}")
