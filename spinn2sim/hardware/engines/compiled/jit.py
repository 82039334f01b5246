"""Compiling the engine's kernels: lazily, cached under a hash of the engine's sources; it knows no firmware.

numba's own cache looks at the file of the compiled function alone and misses edits in its callees; the folder's name does not.
"""

from __future__ import annotations

from pathlib import Path

from firmware_models.jit import compiler
from firmware_models.jit.compiler import UNCOUNTED, F, cache_root, compile_in, source_hash
from spinn2sim.hardware import program

ENGINE = Path(__file__).parent


def engine_sources() -> tuple[Path, ...]:
    """What compiled engine code depends on."""
    return ENGINE, Path(program.__file__), Path(compiler.__file__).parent


FOLDER = cache_root() / f"engine-{source_hash(*engine_sources())}"


def kernel(function: F) -> F:
    """A kernel of the engine."""
    return compile_in(FOLDER, function, **UNCOUNTED)
