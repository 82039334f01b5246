"""Compiling the engine's kernels: lazily, cached under a hash of the engine's sources; it knows no firmware.

numba's own cache looks at the file of the compiled function alone and misses edits in its callees; the folder's name does not.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba import config as numba_config

from spinn2sim.spec import program

config: Any = numba_config  # its fields are made at run time
F = TypeVar("F", bound=Callable[..., Any])
ENGINE = Path(__file__).parent


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


def engine_sources() -> tuple[Path, ...]:
    """What compiled engine code depends on."""
    return ENGINE, Path(program.__file__)


def compile_in(folder: Path, function: F, inline: bool = False) -> F:
    """Compile lazily and cache in `folder`; `inline` puts it into its callers.

    Kernels never raise and never allocate; division follows numpy. `_nrt` takes the counting of references out: it was
    more than half of the time of kernels that see many arrays.
    """
    before = config.CACHE_DIR
    config.CACHE_DIR = str(folder)
    try:
        options: dict[str, Any] = {"_nrt": False, "forceinline": inline, "error_model": "numpy"}
        return numba.njit(cache=True, **options)(function)  # type: ignore[no-any-return]
    finally:
        config.CACHE_DIR = before


FOLDER = cache_root() / f"engine-{source_hash(*engine_sources())}"


def kernel(function: F) -> F:
    """A kernel of the engine."""
    return compile_in(FOLDER, function)


def inlined(function: F) -> F:
    """A kernel that becomes part of its callers: handing over a Net costs more than most of them do."""
    return compile_in(FOLDER, function, inline=True)
