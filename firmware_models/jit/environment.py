"""Checks the environment variables of numba before it is imported: a value that it would fail on is ignored, and said once.

numba reads them when it is imported or when its threads start, and ends the program with a traceback.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

THREADS, LAYER, PRIORITY = "NUMBA_NUM_THREADS", "NUMBA_THREADING_LAYER", "NUMBA_THREADING_LAYER_PRIORITY"
# The environment variable that leaves out this program's own choices: none, all, or the one that it names.
PLAIN = "SPINN2SIM_PLAIN_NUMBA"
UNSIGNED_INDEX, UNCOUNTED, LINKED = "unsigned_index", "uncounted", "linked"
CHOICES = (UNSIGNED_INDEX, UNCOUNTED, LINKED)
MOST_THREADS = 1024
LAYERS = ("default", "safe", "threadsafe", "forksafe", "tbb", "omp", "workqueue")
POOLS = ("tbb", "omp", "workqueue")
LONGEST = 40  # characters of a value that is quoted

# A line for each value that was ignored, until they are said.
ignored: list[str] = []


def _are_threads(text: str) -> bool:
    return text.isascii() and text.strip().isdigit() and 1 <= int(text[:20]) <= MOST_THREADS


ALLOWED: dict[str, tuple[Callable[[str], bool], str]] = {
    THREADS: (_are_threads, f"a number of threads, 1 to {MOST_THREADS}"),
    LAYER: (lambda text: text.lower() in LAYERS, " or ".join(LAYERS)),
    PRIORITY: (lambda text: sorted(text.split()) == sorted(POOLS), f"{', '.join(POOLS)} in any order"),
    PLAIN: (lambda text: text in ("0", "1", *CHOICES), f"0, 1, {' or '.join(CHOICES)}"),
}


def settle_environment() -> None:
    """Remove variables whose values numba would fail on, unless it has read them already."""
    if "numba" in sys.modules:
        return
    for name, (fits, allowed) in ALLOWED.items():
        text = os.environ.get(name)
        if text is None or (text and fits(text)):
            continue
        del os.environ[name]
        if text:
            ignored.append(f"{name}: found {text[:LONGEST]!r}, allowed is {allowed}: it is ignored")


def settle_layer() -> None:
    """Let numba choose a threading layer if the one that is asked for is not installed."""
    from numba import config as numba_config
    from numba.np.ufunc import parallel

    config: Any = numba_config
    layer = str(config.THREADING_LAYER).lower()
    needed = {"tbb": ("tbb",), "safe": ("tbb",), "omp": ("omp",), "threadsafe": ("tbb", "omp")}.get(layer, ())
    if needed and not any(_loads(pool, parallel) for pool in needed):
        config.THREADING_LAYER = "default"
        ignored.append(f"{LAYER}: found {layer!r}, which needs {' or '.join(needed)}, not installed: it is ignored")


def _loads(pool: str, parallel: Any) -> bool:
    try:
        if pool == "tbb":
            parallel._check_tbb_version_compatible()
        import_module(f"numba.np.ufunc.{pool}pool")
    except (ImportError, AttributeError):
        return False
    return True
