"""How the kernels of this room are compiled: cached under the hash of the sources; it never holds one."""

from __future__ import annotations

from pathlib import Path

from firmware_models import jit
from firmware_models.indexing import FromStart

FOLDER = jit.cache_root() / jit.source_hash(Path(__file__).parent, Path(jit.__file__).parent)


def kernel(function: jit.F) -> jit.F:
    """A kernel on one thread."""
    return jit.compile_in(FOLDER, function, pipeline_class=FromStart)
