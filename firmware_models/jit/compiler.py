"""Compiling kernels once: lazily, cached on disk in a folder named by a hash of the sources, so that an edit always takes effect.

numba's own cache looks at the file of the compiled function alone and misses edits in its callees; the folder's name does not.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba import config as numba_config
from numba.core import event

from firmware_models.jit.unsigned_index import FromStart

config: Any = numba_config  # its fields are made at run time
F = TypeVar("F", bound=Callable[..., Any])


def cache_root() -> Path:
    """Where compiled code is kept: NUMBA_CACHE_DIR, else the user's cache folder, else a temporary one."""
    if "NUMBA_CACHE_DIR" in os.environ:
        return Path(os.environ["NUMBA_CACHE_DIR"])
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "spinn2sim"
    try:
        base.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.gettempdir()) / "spinn2sim"
    return base if os.access(base, os.W_OK) else Path(tempfile.gettempdir()) / "spinn2sim"


def source_hash(*places: Path) -> str:
    """A name for the exact text of every Python file in (or at) `places`, and numba's version."""
    digest = hashlib.sha256(numba.__version__.encode())
    for place in places:
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def compile_in(folder: Path, function: F, **options: Any) -> F:
    """Compile lazily and cache in `folder`. Kernels never raise; division follows numpy."""
    before = config.CACHE_DIR
    config.CACHE_DIR = str(folder)
    try:
        return numba.njit(cache=True, error_model="numpy", **options)(function)  # type: ignore[no-any-return]
    finally:
        config.CACHE_DIR = before


class CompileClock(event.Listener):
    """Seconds that numba has compiled in this process; a compilation within another one counts once. Nothing runs where the code was kept.

    `begun`, if any, is called once, before the first.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self.begun: Callable[[], None] | None = None
        self._depth = 0
        self._start = 0.0

    def on_start(self, event: Any) -> None:
        """A function is about to be compiled."""
        if self.begun is not None:
            begun, self.begun = self.begun, None
            begun()
        if not self._depth:
            self._start = time.perf_counter()
        self._depth += 1

    def on_end(self, event: Any) -> None:
        """It is."""
        self._depth -= 1
        if not self._depth:
            self.seconds += time.perf_counter() - self._start


compile_clock = CompileClock()
event.register("numba:compile", compile_clock)


# What allocates nothing needs no counting of references: that was more than half of the time of kernels that see many arrays.
UNCOUNTED: dict[str, Any] = {"_nrt": False, "nogil": True, "pipeline_class": FromStart}
FOLDER = cache_root() / source_hash(Path(__file__).parents[1])


def kernel(function: F) -> F:
    """A kernel of the firmware."""
    return compile_in(FOLDER, function, **UNCOUNTED)
