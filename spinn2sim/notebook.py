"""What Jupyter shows: whether a notebook runs, tables of an object's facts, and bars of progress."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from html import escape
from types import TracebackType
from typing import Any

from spinn2sim.errors import harmless, quoted, shortened

# Seconds before a bar appears, and between two looks at what it shows.
DELAY, EVERY = 1.0, 0.2
CELL = 'style="text-align: left"'


def in_notebook() -> bool:
    """Whether this process is the kernel of a notebook."""
    ipython = sys.modules.get("IPython")
    try:
        return ipython is not None and "IPKernelApp" in ipython.get_ipython().config
    except AttributeError:
        return False


def is_watched() -> bool:
    """Whether someone sees a bar: in a notebook, or on a terminal."""
    return in_notebook() or (sys.stderr is not None and sys.stderr.isatty())


def html_table(title: str, rows: Sequence[tuple[str, object]]) -> str:
    """Return a table with a row for each fact, whose texts are escaped."""
    cells = "".join(f"<tr><th {CELL}>{_html(name)}</th><td {CELL}>{_html(value)}</td></tr>" for name, value in rows)
    return f"<table><caption {CELL}><b>{_html(title)}</b></caption>{cells}</table>"


def html_grid(title: str, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a table with heads of columns, whose texts are escaped."""
    head = "".join(f"<th {CELL}>{_html(name)}</th>" for name in heads)
    body = "".join("<tr>" + "".join(f"<td {CELL}>{_html(value)}</td>" for value in row) + "</tr>" for row in rows)
    return f"<table><caption {CELL}><b>{_html(title)}</b></caption><tr>{head}</tr>{body}</table>"


def _html(value: object) -> str:
    """Return a value as text that HTML shows as it is."""
    return escape(shortened(harmless(value if isinstance(value, str) else quoted(value))))


def new_bar(text: str, unit: str, total: int | None, **options: Any) -> Any:
    """Make a bar of progress: a widget in a notebook, otherwise on stderr."""
    from tqdm.auto import tqdm

    return tqdm(desc=harmless(text), unit=unit, total=total, leave=False, **options)


class SlowWork:
    """Shows a bar while a block of code runs, if that takes longer than a second and someone watches.

    `done` says how much of `total` there is; it is called from a thread, since the block itself may be compiled code.
    """

    def __init__(self, text: str, unit: str, total: int, done: Callable[[], int], shown: bool) -> None:
        self._text, self._unit, self._total, self._done = text, unit, total, done
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True) if shown else None

    def __enter__(self) -> SlowWork:
        if self._thread is not None:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self) -> None:
        if self._over.wait(DELAY):
            return
        with new_bar(self._text, self._unit, self._total) as bar:
            while True:
                bar.update(self._done() - bar.n)
                if self._over.wait(EVERY):
                    return
