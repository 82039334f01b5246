"""Decorators for the kernels of this room."""

from __future__ import annotations

from firmware_models.jit.compiler import kernels_of

kernel = kernels_of(__package__, allocate=True)
