"""How the mirror's kernels are compiled: cached under the hash of the sources; it never holds one."""

from __future__ import annotations

from pathlib import Path

from firmware_models.jit import compiler
from firmware_models.jit.unsigned_index import FromStart

FOLDER = compiler.cache_root() / compiler.source_hash(Path(__file__).parent, Path(compiler.__file__).parents[1])


def kernel(function: compiler.F) -> compiler.F:
    """A kernel on one thread."""
    return compiler.compile_in(FOLDER, function, pipeline_class=FromStart)


def parallel_kernel(function: compiler.F) -> compiler.F:
    """A kernel that shares its samples out to threads."""
    return compiler.compile_in(FOLDER, function, parallel=True)
