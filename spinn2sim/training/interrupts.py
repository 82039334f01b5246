"""Ctrl-C is held back while a run writes what belongs together."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def hold_interrupts(pass_on: bool) -> Iterator[None]:
    """Raise no KeyboardInterrupt inside the block; one that came is raised after it if `pass_on`, else it is forgotten.

    Outside of the main thread, where Python delivers no signal, this does nothing.
    """
    before = signal.getsignal(signal.SIGINT)
    if before is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        came.append(number)

    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if came and pass_on:
        raise KeyboardInterrupt
