"""Helpers that make lists of connections from the layers of artificial networks, as scripts import them."""

from __future__ import annotations

from typing import Any

import numpy as np

from spinn2sim.errors import ScriptError, quoted
from spinn2sim.spinnaker2.helpers import connection_list_from_dense_weights

__all__ = [
    "connection_list_for_sumpool2d", "connection_list_from_dense_weights", "join_conn_lists",
    "sparse_connection_list_from_dense_weights",
]  # fmt: skip
Rows = list[list[Any]]
ORDERS = ("torch", "tf")


def sparse_connection_list_from_dense_weights(weights: Any, delay: int) -> Rows:
    """Return rows (pre, post, weight, delay) of the entries of weights[pre, post] that are not 0."""
    matrix = np.asarray(weights)
    return [[int(i), int(j), matrix[i, j], delay] for i, j in np.argwhere(matrix != 0)]


def connection_list_for_sumpool2d(
    input_shape: tuple[int, int, int],
    stride: Any,
    kernel_size: Any,
    padding: Any,
    delay: int,
    data_order: str = "torch",
) -> tuple[Rows, tuple[int, int, int]]:
    """Return rows of weight 1 that add up windows of an image, and the shape of the sums.

    Shapes are (channels, height, width) in the order "torch", (height, width, channels) in "tf"; neurons are numbered in that order.
    Stride, kernel size and padding are one number or (vertical, horizontal). Raises ScriptError for another order, and for sizes that fit
    to no image.
    """
    if data_order not in ORDERS:
        raise ScriptError(f"data_order: found {quoted(data_order)}, allowed is {' or '.join(map(repr, ORDERS))}")
    shape_in = np.ravel(np.asarray(input_shape))
    if len(shape_in) != 3 or not all(int(n) == n >= 1 for n in shape_in):
        raise ScriptError(f"input_shape: found {quoted(input_shape)}, allowed are three whole numbers from 1 on")
    image: Any = np.arange(int(np.prod(shape_in))).reshape(shape_in.astype(np.int64))
    image = image if data_order == "torch" else image.transpose(2, 0, 1)
    (step_y, step_x), (tall, wide) = _pair("stride", stride, 1), _pair("kernel_size", kernel_size, 1)
    pad_y, pad_x = _pair("padding", padding, 0)
    if tall > image.shape[1] + 2 * pad_y or wide > image.shape[2] + 2 * pad_x:
        raise ScriptError(
            f"kernel_size: found {tall} x {wide}, larger than the image of {image.shape[1]} x {image.shape[2]} and its padding"
        )
    padded = np.pad(image, ((0, 0), (pad_y, pad_y), (pad_x, pad_x)), constant_values=-1)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (tall, wide), (1, 2))[:, ::step_y, ::step_x]
    channels, height, width = windows.shape[:3]
    out: Any = np.arange(channels * height * width).reshape(channels, height, width)
    shape = (channels, height, width)
    if data_order == "tf":
        shape = (height, width, channels)
        out = np.arange(out.size).reshape(shape).transpose(2, 0, 1)
    rows = [
        [pre, post, 1, delay]
        for post, window in sorted(
            zip(out.reshape(-1).tolist(), windows.reshape(-1, tall * wide).tolist(), strict=True)
        )
        for pre in window
        if pre >= 0
    ]
    return rows, shape


def _pair(name: str, value: Any, least: int) -> tuple[int, int]:
    """Return (vertical, horizontal) of one number or two. Raises ScriptError for anything else."""
    try:
        numbers = np.ravel(np.asarray(value, np.float64))
        fits = numbers.size in (1, 2) and ((numbers == np.rint(numbers)) & (numbers >= least)).all()
    except (ValueError, TypeError):
        fits = False
    if not fits:
        raise ScriptError(f"{name}: found {quoted(value)}, allowed are one or two whole numbers from {least} on")
    down, across = np.broadcast_to(numbers.astype(np.int64), 2).tolist()
    return down, across


def join_conn_lists(first: Any, second: Any) -> Rows:
    """Return the product of two lists of connections: weights are sums of products over the neurons between, delays the second's."""
    after: dict[int, list[Any]] = {}
    for pre, post, weight, delay in second:
        after.setdefault(int(pre), []).append((int(post), weight, delay))
    sums: dict[tuple[int, int], list[Any]] = {}
    for pre, middle, weight, _ in first:
        for post, behind, delay in after.get(int(middle), ()):
            entry = sums.setdefault((int(pre), post), [0, delay])
            entry[0] = entry[0] + weight * behind
    return [[pre, post, weight, delay] for (pre, post), (weight, delay) in sorted(sums.items())]
