"""Ctrl-C, and what else interrupts a run, is held back while files are written that belong together."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

Handler = Callable[[int, FrameType | None], object]
# Ctrl-C, and the signals that the command line treats like it.
INTERRUPTING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def hold_interrupts(pass_on: bool) -> Iterator[None]:
    """Raise no KeyboardInterrupt inside the block; one that came is raised after it if `pass_on`, else it is forgotten.

    Signals that end the process without Python's knowledge still do. Outside of the main thread, where Python delivers no signal, this does
    nothing.
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
