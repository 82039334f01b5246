"""The decorators for kernels of the mirror, by what a kernel needs."""

from __future__ import annotations

from firmware_models.jit.compiler import kernels_of

kernel = kernels_of(__package__)
allocating_kernel = kernels_of(__package__, allocate=True)
parallel_kernel = kernels_of(__package__, parallel=True)
inlined = kernels_of(__package__, inline=True)
