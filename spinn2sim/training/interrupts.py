"""Holds back Ctrl-C and other interrupting signals while files that belong together are written."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

Handler = Callable[[int, FrameType | None], object]
# Ctrl-C, and the other signals that the command line treats like it.
INTERRUPTING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def hold_interrupts(pass_on: bool) -> Iterator[None]:
    """Hold back interrupts inside the block. If one came, KeyboardInterrupt is raised after the block; without `pass_on` it is ignored.

    Signals whose default action ends the process still do so. In threads other than the main one, to which Python delivers no signals, this
    has no effect.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before: dict[int, Handler] = {}
    for number in INTERRUPTING:
        handler = signal.getsignal(number)
        if callable(handler) and not isinstance(handler, signal.Handlers):
            before[number] = handler
    came: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        came.append(number)

    for held in before:
        signal.signal(held, note)
    try:
        yield
    finally:
        for held, handler in before.items():
            signal.signal(held, handler)
    if came and pass_on:
        before[came[0]](came[0], None)
