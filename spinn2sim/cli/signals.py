"""SIGTERM and SIGHUP end a command as Ctrl-C does: what was finished is kept, and the exit status is 128 and the signal's number."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from types import FrameType

# A signal that the caller has set to be ignored, as nohup does with SIGHUP, stays ignored.
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_came: list[int] = []


def take_signals() -> None:
    """Raise KeyboardInterrupt for each of the signals."""
    for number in ENDING:
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    _came.append(number)
    raise KeyboardInterrupt


def interrupted_status() -> int:
    """The exit status of a command that was interrupted: 130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP."""
    return 128 + (_came[0] if _came else signal.SIGINT)


def end_at_once() -> None:
    """End the process where a signal came, and from now on when one comes, without a word: nothing is left that must be kept."""
    for number in ENDING:
        if signal.getsignal(number) is _interrupt:
            signal.signal(number, lambda number, frame: os._exit(128 + number))
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    if _came:
        os._exit(interrupted_status())
