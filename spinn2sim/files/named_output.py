"""Writes a file that a user named: as a whole or not at all, or straight into it if it is a device or a pipe such as /dev/null or >(gzip).

A device must not be replaced by a file, and has no earlier content to keep.
"""

from __future__ import annotations

import errno
import io
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from spinn2sim.errors import OutputError
from spinn2sim.files.atomic import refusing, write_atomically

STREAMS = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}
STDOUT = 1
DESCRIPTOR = re.compile(r"/(?:dev|proc/self)/fd/(\d{1,9})")


def is_stdout(path: Path | str) -> bool:
    """Whether a path names this process's standard output, as `-` and /dev/stdout do."""
    return str(path) == "-" or _descriptor(path) == STDOUT


def write_named(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Let `write` fill a file that a user named; after an error, an old file is unchanged.

    A character device, a pipe or an open descriptor (/dev/fd/N) is written into. Raises OutputError, which also refuses standard output,
    terminals, block devices and FIFOs that no process reads.
    """
    number = _descriptor(path)
    if number is None and not _is_device(path):
        write_atomically(path, write)
        return
    if number == STDOUT:
        raise OutputError(f"{path}: cannot be written: the command answers there, allowed is a file")
    with refusing(path):
        handle = os.dup(number) if number is not None else _opened(path)
        try:
            if os.isatty(handle):
                raise OutputError(f"{path}: cannot be written: it is a terminal, allowed is a file")
            os.set_blocking(handle, True)
            with io.BufferedWriter(_Stream(handle)) as file:
                write(file)
        finally:
            os.close(handle)


class _Stream(io.RawIOBase):
    """An open descriptor without a position: /dev/null says that it can seek, and is always at 0, which breaks formats that look there."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: Any, /) -> int:
        """Write bytes. Raises OSError."""
        return os.write(self._handle, data)


def _opened(path: Path) -> int:
    try:
        return os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError as error:
        if error.errno == errno.ENXIO and stat.S_ISFIFO(path.stat().st_mode):
            raise OutputError(f"{path}: cannot be written: no process reads this FIFO") from None
        raise


def write_named_text(path: Path, text: str) -> None:
    """Write a text in UTF-8 to a file that a user named. Raises OutputError."""
    write_named(path, lambda file: file.write(text.encode()))


def _descriptor(path: Path | str) -> int | None:
    """Return the descriptor of this process that a path names, None for any other path."""
    text = os.path.abspath(path)  # noqa: PTH100 - /dev/stdout itself, not what it leads to
    found = DESCRIPTOR.fullmatch(text)
    return int(found[1]) if found else STREAMS.get(text)


def _is_device(path: Path) -> bool:
    """Whether a path leads to a pipe or a character device. Raises OutputError for a socket, a block device, or a FIFO without a reader."""
    try:
        kind = stat.S_IFMT(Path(path).stat().st_mode)
    except (OSError, ValueError):
        return False
    if kind in (stat.S_IFBLK, stat.S_IFSOCK):
        what = "a block device" if kind == stat.S_IFBLK else "a socket"
        raise OutputError(f"{path}: cannot be written: it is {what}, allowed is a file")
    return kind in (stat.S_IFCHR, stat.S_IFIFO)
