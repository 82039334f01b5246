"""How the mirror's kernels are compiled: cached under the hash of the sources; it never holds one."""

from __future__ import annotations

from pathlib import Path

from firmware_models import jit

_FOLDERS = (Path(__file__).parent, Path(jit.__file__).parent)

kernel = jit.kernel_compiler(*_FOLDERS)
parallel_kernel = jit.kernel_compiler(*_FOLDERS, parallel=True)
