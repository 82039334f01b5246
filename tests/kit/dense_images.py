"""Convolutions as lists of synapses, for tests: unrolled pixel by pixel from the definition, with nothing of the program."""

from __future__ import annotations

from itertools import product
from typing import Any

SIZES = ("stride_y", "stride_x", "pool_y", "pool_x", "pad_top", "pad_bottom", "pad_left", "pad_right")


def image_of(kernel: Any, params: dict[str, int]) -> tuple[int, int]:
    """Height and width of the image behind a convolution."""
    p = {"stride_x": 1, "stride_y": 1, "pool_x": 1, "pool_y": 1, **dict.fromkeys(SIZES[4:], 0), **params}
    tall = p["in_height"] // p["pool_y"] + p["pad_top"] + p["pad_bottom"] - kernel.shape[2]
    wide = p["in_width"] // p["pool_x"] + p["pad_left"] + p["pad_right"] - kernel.shape[3]
    return tall // p["stride_y"] + 1, wide // p["stride_x"] + 1


def unrolled(kernel: Any, p: dict[str, int]) -> list[list[int]]:
    """Rows (source, target, weight, 0): each target asks each source below its window. All of SIZES are in `p`."""
    rows = []
    high, wide = p["in_height"] // p["pool_y"], p["in_width"] // p["pool_x"]
    for target, (o, y, x) in enumerate(product(range(kernel.shape[1]), *map(range, image_of(kernel, p)))):
        for c, i, j in product(range(kernel.shape[0]), range(kernel.shape[2]), range(kernel.shape[3])):
            row, column = y * p["stride_y"] + i - p["pad_top"], x * p["stride_x"] + j - p["pad_left"]
            if 0 <= row < high and 0 <= column < wide:
                for a, b in product(range(p["pool_y"]), range(p["pool_x"])):
                    source = (c * p["in_height"] + row * p["pool_y"] + a) * p["in_width"] + column * p["pool_x"] + b
                    rows.append([source, target, int(kernel[c, o, i, j]), 0])
    return rows
