"""Kernels that other kernels call are linked into these, and are machine code of their own only where Python calls them."""

from __future__ import annotations

import gc
from pathlib import Path

import numba
import numpy as np
import pytest
from numba.core import event
from numpy.typing import NDArray

from firmware_models.jit.compiler import kernels_in, left_out
from firmware_models.jit.environment import LINKED

pytestmark = pytest.mark.skipif(
    bool(numba.config.DISABLE_JIT) or LINKED in left_out(), reason="each kernel is compiled by itself, or none"
)


def add_up(values: NDArray[np.int64]) -> int:
    """The sum of an array."""
    total = 0
    for k in range(values.size):
        total += values[k]
    return total


@pytest.mark.parametrize("python_first", [False, True])
def test_python_and_kernels_call_the_same_kernel(python_first: bool, tmp_path: Path) -> None:
    """A kernel gives Python what it gives another kernel, whoever calls it first; the cache has an entry for each that Python called."""
    kernel = kernels_in(tmp_path)
    inner = kernel(add_up)

    @kernel
    def outer(values: NDArray[np.int64]) -> int:
        return inner(values) + inner(values[1:])

    values = np.arange(5)
    calls = [(outer, 20), (inner, 10)]
    for called, (function, expected) in enumerate(reversed(calls) if python_first else calls, 1):
        assert function(values) == expected
        assert len(list(tmp_path.rglob("*.nbc"))) == called


@pytest.mark.parametrize("wanted", [True, False])
def test_the_collector_waits_for_the_compiler(wanted: bool, tmp_path: Path) -> None:
    """Cyclic garbage is not collected while numba compiles, and afterwards as before."""
    seen = []

    class Look(event.Listener):
        """Looks whether the collector is on."""

        def on_start(self, event: object) -> None:
            """Look when a pass of the compiler begins."""
            seen.append(gc.isenabled())

        def on_end(self, event: object) -> None:
            """Do nothing."""

    before = gc.isenabled()
    try:
        (gc.enable if wanted else gc.disable)()
        with event.install_listener("numba:run_pass", Look()):
            assert kernels_in(tmp_path)(add_up)(np.arange(3)) == 3
        assert gc.isenabled() == wanted
    finally:
        (gc.enable if before else gc.disable)()
    assert seen
    assert not any(seen)
