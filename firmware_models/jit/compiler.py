"""Compiles kernels lazily, and caches them on disk in a folder named by a hash of the sources, so that an edit always takes effect.

numba's own cache only checks the file of the compiled function, and misses edits in the functions that it calls; the hash does not.
The README beside this file states what each choice made here gains, with the command that measures it.
"""

from __future__ import annotations

import gc
import hashlib
import importlib
import os
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numba
from numba import config as numba_config
from numba.core import event
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.typed_passes import NopythonTypeInference

from firmware_models.jit.compile_watch import tell
from firmware_models.jit.environment import CHOICES, LINKED, PLAIN, UNCOUNTED, UNSIGNED_INDEX, ignored, settle_layer
from firmware_models.jit.kernel_cache import KernelCache, NoCache, kernel_folder, warn_once
from firmware_models.jit.linked_kernel import Kernel, UseKernelLibrary
from firmware_models.jit.unsigned_index import UnsignedIndex

config: Any = numba_config  # its fields are made at run time
settle_layer()
if config.DISABLE_JIT:
    ignored.append("NUMBA_DISABLE_JIT is set: kernels run as plain Python, hundreds of times slower")
for said in ignored:
    warn_once(said)
F = TypeVar("F", bound=Callable[..., Any])


class Decorator(Protocol):
    """A decorator that compiles a kernel and keeps its type."""

    def __call__(self, function: F, /) -> F:
        """Compile `function` when it is first called."""


def left_out() -> frozenset[str]:
    """Return the choices that SPINN2SIM_PLAIN_NUMBA leaves out. Raises ValueError for a value that is not allowed."""
    found = os.environ.get(PLAIN, "")
    if found in ("", "0"):
        return frozenset()
    if found == "1":
        return frozenset(CHOICES)
    if found not in CHOICES:
        raise ValueError(f"{PLAIN}: found {found!r}, allowed is 0, 1, {' or '.join(CHOICES)}")
    return frozenset([found])


def source_hash(*places: Path) -> str:
    """Hash everything that compiled code depends on: all Python files in (or at) `places`, numba's version, and compiler settings."""
    how = (numba.__version__, sorted(left_out()), bool(config.BOUNDSCHECK))
    digest = hashlib.sha256(repr(how).encode())
    for place in places:
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            name = path.relative_to(place).as_posix() if place.is_dir() else path.name
            digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


class KernelCompiler(CompilerBase):
    """numba's compiler with the passes of this folder added."""

    passes = tuple(
        added for name, added in ((UNSIGNED_INDEX, UnsignedIndex), (LINKED, UseKernelLibrary)) if name not in left_out()
    )

    def define_pipelines(self) -> list[Any]:
        """Return the only pipeline, without object mode."""
        pipeline = DefaultPassBuilder.define_nopython_pipeline(self.state)
        for added in self.passes:
            pipeline.add_pass_after(added, NopythonTypeInference)
        pipeline.finalize()
        return [pipeline]


def compile_in(folder: Path | None, function: F, **options: Any) -> F:
    """Compile lazily and cache in `folder`, or nowhere if it is None. Kernels never raise; division follows numpy."""
    compiled = numba.njit(error_model="numpy", **options)(function)
    if hasattr(compiled, "py_func"):  # not where numba's environment leaves functions as they are
        compiled._cache = NoCache() if folder is None else KernelCache(folder, function)
        if UseKernelLibrary in getattr(options.get("pipeline_class"), "passes", ()):
            compiled.__class__ = Kernel  # numba's decorator has no option for the class
    return compiled  # type: ignore[no-any-return]


def kernels_in(folder: Path | None, allocate: bool = False, parallel: bool = False, inline: bool = False) -> Decorator:
    """Make a decorator for kernels that are cached in `folder`, or not at all if it is None.

    Without `allocate` and `parallel`, kernels allocate nothing and run on one thread, so they need neither reference counts nor the global
    interpreter lock. With `inline` a kernel is inlined into its callers, so that structures of many arrays need not be passed by value.
    """
    options: dict[str, Any] = {"inline": "always"} if inline else {}
    if parallel:
        options["parallel"] = True  # numba's own pipeline: the pass about indices does not know its loops
    else:
        options["pipeline_class"] = KernelCompiler
    if not allocate and not parallel:
        options |= {"nogil": True, "_nrt": UNCOUNTED in left_out()}

    def decorate(function: F) -> F:
        return compile_in(folder, function, **options)

    return decorate


def kernels_of(package: str | None, allocate: bool = False, parallel: bool = False, inline: bool = False) -> Decorator:
    """Make a decorator for the kernels of a package: `kernel = kernels_of(__package__)`, with the options of `kernels_in`.

    Compiled code depends on all sources of the package's room (spinn2sim.mirror, or a user's own top-level package) and of firmware_models.
    Raises ValueError outside a package.
    """
    if not package:
        raise ValueError("a kernel's module must be part of a package, whose sources name the cache folder")
    parts = package.split(".")
    room = ".".join(parts[:2] if parts[0] == "spinn2sim" else parts[:1])
    return kernels_in(_folder_of(room), allocate, parallel, inline)


@cache
def _folder_of(room: str) -> Path | None:
    """Return the folder for the compiled code of a room; None if it cannot be kept."""
    places = {Path(__file__).parents[1], *map(Path, importlib.import_module(room).__path__)}
    return kernel_folder(f"{room}-{source_hash(*sorted(places))}")


class CompileClock(event.Listener):
    """Measures the seconds that numba has compiled in this process. Nested compilations count once; code from the cache takes no time."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._depth = 0
        self._start = 0.0

    def on_start(self, event: Any) -> None:
        """Note that a compilation begins."""
        if not self._depth:
            self._start = time.perf_counter()
        self._depth += 1

    def on_end(self, event: Any) -> None:
        """Note that a compilation has ended."""
        self._depth -= 1
        if not self._depth:
            self.seconds += time.perf_counter() - self._start


class CompileNews(event.Listener):
    """Tells whoever watches which kernel is being compiled."""

    def __init__(self) -> None:
        self._depth = 0

    def on_start(self, event: Any) -> None:
        """Tell the kernel's name."""
        self._depth += 1
        tell(event.data["dispatcher"].py_func.__name__)

    def on_end(self, event: Any) -> None:
        """Tell that the outermost compilation has ended."""
        self._depth -= 1
        if not self._depth:
            tell(None)


class CollectorPause(event.Listener):
    """Lets Python's collector of cyclic garbage wait while numba compiles: it would look at numba's many objects again and again."""

    def __init__(self) -> None:
        self._depth = 0
        self._was_on = False

    def on_start(self, event: Any) -> None:
        """Switch the collector off at the outermost compilation."""
        if not self._depth:
            self._was_on = gc.isenabled()
            gc.disable()
        self._depth += 1

    def on_end(self, event: Any) -> None:
        """Switch the collector on again if it was."""
        self._depth -= 1
        if not self._depth and self._was_on:
            gc.enable()


compile_clock = CompileClock()
event.register("numba:compile", compile_clock)
event.register("numba:compile", CompileNews())
event.register("numba:compile", CollectorPause())

kernel = kernels_of("firmware_models")
