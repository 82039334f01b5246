"""Lets SIGTERM and SIGHUP end a command as Ctrl-C does: finished work is kept, and the exit status is 128 plus the signal's number."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from types import FrameType

# The signals that end a command. One that the caller has set to be ignored, as nohup does with SIGHUP, stays ignored.
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_received: list[int] = []


def catch_signals() -> None:
    """Have each of the signals raise KeyboardInterrupt."""
    for number in ENDING_SIGNALS:
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    _received.append(number)
    raise KeyboardInterrupt


def interrupted_status() -> int:
    """Return the exit status of a command that was interrupted: 130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP."""
    return 128 + (_received[0] if _received else signal.SIGINT)


def exit_if_interrupted() -> None:
    """Flush the streams, and exit if a signal has come. From now on a signal ends the process at once: nothing is left to be saved."""
    for number in ENDING_SIGNALS:
        if signal.getsignal(number) is _interrupt:
            signal.signal(number, lambda number, frame: os._exit(128 + number))
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    if _received:
        os._exit(interrupted_status())
