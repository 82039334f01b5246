"""Lets SIGTERM and SIGHUP end a command as Ctrl-C does: finished work is kept, and the exit status is 128 plus the signal's number.

While the program is being loaded, a signal ends it at once. Later, a command has DEADLINE_S seconds to end; then the process is ended as a
kill would end it, from which every folder of ours recovers.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

# The signals that end a command. One that the caller has set to be ignored, as nohup does with SIGHUP, stays ignored.
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
DEADLINE_S = 4.0
# After an interrupt that came where Python drops it, so long until it is raised again.
AGAIN_S = 0.05
LATE = f"spinn2sim: interrupted; still at work after {DEADLINE_S:g} s, so it was ended; a run or a sweep goes on with --resume\n"
_received: list[int] = []


def end_at_once() -> None:
    """Have each of the signals end the process at once, with one line and without a traceback: nothing has been begun."""
    for number in ENDING_SIGNALS:
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, _end)


def _end(number: int, frame: FrameType | None) -> None:
    # A process that multiprocessing has started and that still loads the program leaves the line to the first one.
    if "__mp_main__" not in sys.modules:
        with suppress(OSError):
            os.write(2, b"spinn2sim: interrupted\n")
    os._exit(128 + number)


def catch_signals() -> None:
    """Have each of the signals raise KeyboardInterrupt, and the process end DEADLINE_S seconds later, if it is still there."""
    raise_on_signals()
    sys.unraisablehook = _unraisable
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    threading.Thread(target=_end_late, args=(reading,), daemon=True).start()


def raise_on_signals() -> None:
    """Have each of the signals raise KeyboardInterrupt."""
    for number in ENDING_SIGNALS:
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler, _end):
            signal.signal(number, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    _received.append(number)
    raise KeyboardInterrupt


def _end_late(signals: int) -> None:
    """Wait for a signal, which the interpreter writes to the pipe at once, and end the process after the deadline.

    The main thread may be in compiled code, where no signal handler runs.
    """
    while (number := os.read(signals, 1)[0]) not in ENDING_SIGNALS:
        pass
    time.sleep(DEADLINE_S)
    with suppress(OSError):
        os.write(2, LATE.encode())
    os._exit(128 + number)


def _unraisable(dropped: UnraisableHookArgs) -> None:
    """Raise an interrupt again that came in a finalizer or a callback, where Python would print it and go on."""
    if dropped.exc_type is not None and issubclass(dropped.exc_type, KeyboardInterrupt):
        again = threading.Timer(AGAIN_S, signal.pthread_kill, (threading.main_thread().ident, signal.SIGINT))
        again.daemon = True
        again.start()
    else:
        sys.__unraisablehook__(dropped)


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
