"""Standard streams that are open whatever the caller did, and a stderr that never stops the work whose progress it tells."""

from __future__ import annotations

import io
import os
import sys


def open_standard_streams() -> None:
    """Give stdin, stdout and stderr a place where they have none, and let stderr take whatever nobody reads.

    A closed descriptor would be that of the next file that is opened, and messages would end up in it.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            nothing = os.open(os.devnull, os.O_RDWR)
            if nothing != number:
                os.dup2(nothing, number)
                os.close(nothing)
    if sys.stdout is None:
        sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), write_through=True)
    if sys.stderr is None or sys.stderr is sys.__stderr__:
        encoding = getattr(sys.stderr, "encoding", None)
        raw = io.BufferedWriter(UnheardFile(2, "w", closefd=False))
        sys.stderr = io.TextIOWrapper(raw, encoding, "backslashreplace", line_buffering=True)


def close_stdout() -> None:
    """Let go of what stdout still holds, which cannot be written, so that Python does not try it again at its end."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.close(nothing)


class UnheardFile(io.FileIO):
    """A file whose reader may be gone and whose disk may be full: what cannot be written is dropped."""

    def write(self, data: object, /) -> int:
        """Write what can be written; the answer is always that all of it was."""
        try:
            written = super().write(data)  # type: ignore[arg-type]
        except OSError:
            written = None
        return len(memoryview(data)) if written is None else written  # type: ignore[arg-type]
