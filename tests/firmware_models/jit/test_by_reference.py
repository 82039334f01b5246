"""Structures by reference: a kernel reads and writes what the NamedTuple holds, whatever its fields are."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from firmware_models.jit.by_reference import ByRef
from firmware_models.jit.compiler import CompileClock, kernels_in


class Inner(NamedTuple):
    """Nested numbers and an array."""

    rate: np.float32
    words: NDArray[np.uint8]


class Outer(NamedTuple):
    """One field of each sort."""

    count: int
    negative: int
    flag: bool
    scale: float
    grid: NDArray[np.int32]  # [2, 3]
    inner: Inner
    wide: NDArray[np.int64]  # [2, 2, 2]


def outer(flag: bool = True) -> Outer:
    """Values that would be mixed up by a wrong offset, width or sign."""
    inner = Inner(np.float32(0.1), np.array([7, 200], np.uint8))
    grid = np.arange(6, dtype=np.int32).reshape(2, 3)
    return Outer(3, -5, flag, 2.5, grid, inner, np.arange(8, dtype=np.int64).reshape(2, 2, 2))


def read(s: Any, out: Any) -> None:
    """Read every field into floats, write one cell and one row."""
    out[0], out[1], out[2], out[3] = s.count, s.negative, 1.0 if s.flag else 0.0, s.scale
    out[4], out[5], out[6] = s.grid[1, 2], s.inner.rate, s.inner.words[1]
    out[7], out[8] = s.wide[1, 0, 1], s.grid.shape[1]
    s.grid[0, 1] = 40
    row = s.wide[1]
    row[1] = 9


@pytest.mark.parametrize("flag", [True, False])
def test_a_kernel_sees_every_field(tmp_path: Path, flag: bool) -> None:
    """Numbers of each width and sign, arrays of one to three axes and a nested structure come over; writes reach the arrays."""
    value, out = outer(flag), np.zeros(9)
    kernels_in(tmp_path)(read)(ByRef(value), out)
    assert out.tolist() == [3, -5, float(flag), 2.5, 5, float(np.float32(0.1)), 200, 5, 3]
    assert value.grid.tolist() == [[0, 40, 2], [3, 4, 5]]
    assert value.wide[1].tolist() == [[4, 5], [9, 9]]
    plain, same = outer(flag), np.zeros(9)
    read(ByRef(plain), same)
    assert same.tolist() == out.tolist()
    assert plain.wide.tolist() == value.wide.tolist()


def test_what_has_no_address_is_refused() -> None:
    """A strided array or a list would be read wrongly: it is named."""
    with pytest.raises(TypeError, match=r"Inner\.words: found a strided array"):
        ByRef(Inner(np.float32(1), np.zeros((4, 2), np.uint8)[:, 0]))
    with pytest.raises(TypeError, match=r"Inner\.words: found list"):
        ByRef(Inner(np.float32(1), [1]))  # type: ignore[arg-type]


def test_equal_layouts_are_one_type() -> None:
    """Two structures of one shape compile once; another order of fields is another type."""
    assert ByRef(outer()).numba_type == ByRef(outer(False)).numba_type
    assert ByRef(outer()).numba_type != ByRef(outer().inner).numba_type


def index(a: Any, i: Any, out: Any) -> None:
    """Integers, tuples, slices and a constant from the end."""
    out[0] = a[i, 1]
    out[1] = a[i][2]
    part = a[i, 0:2]
    out[2], out[3] = part[0], part[1]
    out[-1] = a[1, -1]


def test_indices_from_the_start_mean_the_same(tmp_path: Path) -> None:
    """The compiler's pass changes no index that counts from the start, nor a constant one from the end."""
    a, out = np.arange(6.0).reshape(2, 3), np.zeros(5)
    kernels_in(tmp_path)(index)(a, 1, out)
    assert out.tolist() == [4, 5, 3, 4, 5]


def test_compiling_is_counted_once() -> None:
    """A compilation within another one is not counted twice."""
    clock = CompileClock()
    for _ in range(2):
        clock.on_start(None)
        clock.on_start(None)
        clock.on_end(None)
        inner = clock.seconds
        clock.on_end(None)
    assert inner < clock.seconds < 1
