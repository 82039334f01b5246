"""Opens standard streams that the caller closed, and makes stderr ignore write errors, so that progress messages cannot end a run."""

from __future__ import annotations

import io
import os
import sys


def open_standard_streams() -> None:
    """Open stdin, stdout and stderr on /dev/null where they are closed, and let stderr drop what cannot be written.

    The next file that is opened would otherwise get the closed descriptor, and messages would end up in that file.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            null = os.open(os.devnull, os.O_RDWR)
            if null != number:
                os.dup2(null, number)
                os.close(null)
    if sys.stdout is None:
        sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), write_through=True)
    if sys.stderr is None or sys.stderr is sys.__stderr__:
        encoding = getattr(sys.stderr, "encoding", None)
        raw = io.BufferedWriter(LossyFile(2, "w", closefd=False))
        sys.stderr = io.TextIOWrapper(raw, encoding, "backslashreplace", line_buffering=True)


def close_stdout() -> None:
    """Point stdout at /dev/null after a write error, so that Python does not report the error again when it exits."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)


class LossyFile(io.FileIO):
    """A file that drops what cannot be written, because its reader is gone or its disk is full."""

    def write(self, data: object, /) -> int:
        """Write what can be written, and report success in any case."""
        try:
            written = super().write(data)  # type: ignore[arg-type]
        except OSError:
            written = None
        return len(memoryview(data)) if written is None else written  # type: ignore[arg-type]
