"""Compiling kernels once: lazily, cached on disk in a folder named by a hash of the sources, so that an edit always takes effect.

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


def source_hash(*folders: Path) -> str:
    """A name for the exact text of every Python file in `folders`."""
    digest = hashlib.sha256(numba.__version__.encode())
    for path in sorted(p for folder in folders for p in folder.rglob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def kernel_compiler(*folders: Path, **options: Any) -> Callable[[F], F]:
    """A decorator that compiles lazily and caches under the hash of `folders`. Kernels never raise; division follows numpy."""
    folder = cache_root() / source_hash(*folders)

    def compile_lazily(function: F) -> F:
        before = config.CACHE_DIR
        config.CACHE_DIR = str(folder)
        try:
            return numba.njit(cache=True, error_model="numpy", **options)(function)  # type: ignore[no-any-return]
        finally:
            config.CACHE_DIR = before

    return compile_lazily


def compiled_before() -> bool:
    """Whether kernels of exactly these sources were compiled on this machine before."""
    folder = cache_root() / source_hash(Path(__file__).parent)
    return folder.is_dir() and any(folder.rglob("*.nbc"))


# Programs allocate nothing: without reference counts (`_nrt`) a step of many arrays is several times as fast. A kernel becomes part of its
# callers, since handing over a state of many arrays costs more than most kernels; a program's step does not.
kernel = kernel_compiler(Path(__file__).parent, _nrt=False, forceinline=True)
step_kernel = kernel_compiler(Path(__file__).parent, _nrt=False)
