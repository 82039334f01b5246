"""Functions on short vectors give what they say, compiled and as plain Python."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firmware_models.jit.compiler import kernels_in
from firmware_models.jit.vectors import LANES, above_mask, four_sums, lowest_bit


def find(values: Any, limit: Any, found: Any) -> None:
    """Mark the values of two blocks that are above a limit, by their masks."""
    for first in range(0, 2 * LANES, LANES):
        mask = above_mask(values, first, limit)
        while mask != 0:
            found[first + lowest_bit(mask)] += 1
            mask &= mask - 1


def add(a: Any, b: Any, sums: Any) -> None:
    """Four sums of the products of a[1:] and b[2:]."""
    sums[0], sums[1], sums[2], sums[3] = four_sums(a, 1, b, 2, 12)


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("dtype", [np.float64, np.int64])
def test_masks_have_a_bit_for_each_value_above_the_limit(compiled: bool, dtype: Any, tmp_path: Path) -> None:
    """Values that equal the limit have none; the first and the last of a block are looked at, and NaN is above nothing."""
    values = np.random.default_rng(1).integers(-3, 3, 2 * LANES).astype(dtype)
    values[[0, LANES - 1, LANES, -1]] = 9
    if dtype is np.float64:
        values[5] = np.nan
    found = np.zeros(2 * LANES, np.int64)
    (kernels_in(tmp_path)(find) if compiled else find)(values, dtype(1), found)
    assert found.tolist() == [int(value > 1) for value in values]


@pytest.mark.parametrize("compiled", [True, False])
def test_sums_are_added_in_turn(compiled: bool, tmp_path: Path) -> None:
    """Each sum has every fourth product, and its bits are those of adding them one after the other."""
    a, b = np.random.default_rng(2).normal(size=(2, 20)) * 10.0 ** np.arange(20)
    sums = np.zeros(4)
    (kernels_in(tmp_path)(add) if compiled else add)(a, b, sums)
    wanted = [0.0] * 4
    for k in range(12):
        wanted[k % 4] += a[1 + k] * b[2 + k]
    assert sums.tolist() == wanted
