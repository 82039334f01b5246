"""The machine code of a kernel is called by its address, from kernels and from their parallel loops."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numba
import numpy as np
import pytest
from numba.core.errors import TypingError
from numpy.typing import NDArray

from firmware_models.jit.by_reference import ByRef
from firmware_models.jit.compiler import kernels_in
from firmware_models.jit.machine_code import MachineCode, call_code, machine_code


class Sums(NamedTuple):
    """Numbers, and where their sum up to each of them is put."""

    values: NDArray[np.int64]
    sums: NDArray[np.int64]


def put_sum(found: Sums, end: int) -> None:
    """Put the sum of values[:end + 1] at sums[end]."""
    for k in range(end + 1):
        found.sums[end] += found.values[k]


@pytest.mark.parametrize("by_reference", [False, True])
def test_a_parallel_loop_calls_code_that_it_was_given(by_reference: bool, tmp_path: Path) -> None:
    """Each thread's calls get the arguments that they are given, structures and numbers alike."""
    code_kernel, parallel = kernels_in(tmp_path)(put_sum), kernels_in(tmp_path, parallel=True)
    sums = Sums(np.arange(6), np.zeros(6, np.int64))
    given: Any = ByRef(sums) if by_reference else sums

    @parallel
    def caller(code: MachineCode, found: Sums) -> None:
        for k in numba.prange(6):
            call_code(code, found, np.int64(k))

    caller(machine_code(code_kernel, given, np.int64(0)), given)
    np.testing.assert_array_equal(sums.sums, np.cumsum(np.arange(6)))


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="plain Python has no types to compare")
def test_arguments_of_other_types_are_refused(tmp_path: Path) -> None:
    """Nothing converts arguments, so a call with another type does not compile."""
    kernel = kernels_in(tmp_path)
    sums = Sums(np.arange(6), np.zeros(6, np.int64))

    @kernel
    def caller(code: MachineCode, found: Sums) -> None:
        call_code(code, found, 1.0)

    with pytest.raises(TypingError, match="machine code for"):
        caller(machine_code(kernel(put_sum), sums, 0), sums)
