"""Lists of connections made of the layers of artificial networks are those of their definitions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spinn2sim.errors import ScriptError
from spinn2sim.spinnaker2.ann2snn_helpers import (
    connection_list_for_sumpool2d,
    join_conn_lists,
    sparse_connection_list_from_dense_weights,
)


def matrix(rows: Any, shape: tuple[int, int]) -> Any:
    """The weights of rows as a matrix [pre, post]."""
    dense = np.zeros(shape)
    for pre, post, weight, _ in rows:
        dense[pre, post] += weight
    return dense


@settings(max_examples=40)
@given(
    st.tuples(st.integers(1, 3), st.integers(2, 6), st.integers(2, 6)),
    st.integers(1, 3), st.integers(1, 2), st.integers(0, 1), st.sampled_from(["torch", "tf"]),
)  # fmt: skip
def test_sums_of_windows(image: Any, stride: int, size: int, pad: int, order: str) -> None:
    """Each target has weight 1 from the pixels of its window, in the order of neurons that is asked for."""
    channels, high, wide = image
    given_shape = image if order == "torch" else (high, wide, channels)
    rows, shape = connection_list_for_sumpool2d(given_shape, stride, size, pad, 3, data_order=order)
    pixels = np.random.default_rng(0).integers(0, 9, image)
    framed = np.pad(pixels, ((0, 0), (pad, pad), (pad, pad)))
    out = [(n + 2 * pad - size) // stride + 1 for n in (high, wide)]
    sums = np.zeros((channels, *out))
    for y in range(out[0]):
        for x in range(out[1]):
            sums[:, y, x] = framed[:, y * stride : y * stride + size, x * stride : x * stride + size].sum(axis=(1, 2))
    turn = (lambda a: a) if order == "torch" else (lambda a: a.transpose(1, 2, 0))
    assert shape == turn(sums).shape
    assert {row[3] for row in rows} <= {3}
    got = turn(pixels).reshape(-1) @ matrix(rows, (pixels.size, sums.size))
    assert got.tolist() == turn(sums).reshape(-1).tolist()


@given(st.integers(0, 99))
def test_joined_lists_are_a_product(seed: int) -> None:
    """Weights are those of the product of both matrices, delays those of the second."""
    rng = np.random.default_rng(seed)
    a, b = rng.integers(-3, 4, (4, 5)), rng.integers(-3, 4, (5, 3))
    rows = join_conn_lists(
        sparse_connection_list_from_dense_weights(a, 1), sparse_connection_list_from_dense_weights(b, 2)
    )
    assert matrix(rows, (4, 3)).tolist() == (a @ b).tolist()
    assert {row[3] for row in rows} <= {2}


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "order": (lambda: connection_list_for_sumpool2d((1, 4, 4), 2, 2, 0, 0, "caffe"), "data_order: found 'caffe'"),
    "shape": (lambda: connection_list_for_sumpool2d((4, 4), 2, 2, 0, 0), "input_shape: found (4, 4), allowed are three whole numbers"),  # type: ignore[arg-type]
    "no pixel": (lambda: connection_list_for_sumpool2d((1, 0, 4), 2, 2, 0, 0), "input_shape: found (1, 0, 4)"),
    "stride": (lambda: connection_list_for_sumpool2d((1, 4, 4), 0, 2, 0, 0), "stride: found 0, allowed are one or two whole"),
    "three": (lambda: connection_list_for_sumpool2d((1, 4, 4), 2, (2, 2, 2), 0, 0), "kernel_size: found (2, 2, 2)"),
    "padding": (lambda: connection_list_for_sumpool2d((1, 4, 4), 2, 2, -1, 0), "padding: found -1"),
    "large": (lambda: connection_list_for_sumpool2d((1, 4, 4), 2, 5, 0, 0), "kernel_size: found 5 x 5, larger than the image of 4 x 4"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_sizes_that_fit_to_no_image(case: str) -> None:
    """The refusal says which argument, what was found and what is allowed."""
    make, text = REFUSED[case]
    with pytest.raises(ScriptError) as refusal:
        make()
    assert text in str(refusal.value)
