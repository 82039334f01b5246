"""Moves gray images as handwriting varies: shift, turn, scale, shear, and a smooth elastic shift of every pixel. Needs scipy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates

Bytes = NDArray[np.uint8]
Coordinates = NDArray[np.float64]
CHUNK = 500  # images at once, which bounds the memory


@dataclass(frozen=True)
class Moves:
    """How far an image is moved; each amount is drawn evenly between minus and plus its bound, for each image by itself."""

    # rows and columns
    pixels: float = 2.0
    degrees: float = 10.0
    # the natural logarithm of the factors of height and of width
    scale: float = 0.1
    # columns to the right for each row down
    shear: float = 0.1
    # Standard deviation in pixels of the elastic shift, and of the Gaussian that smooths it (Simard, Steinkraus & Platt 2003).
    elastic: float = 0.7
    smooth: float = 4.0


def moved(images: Bytes, moves: Moves, random: np.random.Generator) -> Bytes:
    """Return images [n, h, w], each with a move of its own, interpolated linearly; pixels that come in are 0."""
    parts = [images[first : first + CHUNK] for first in range(0, len(images), CHUNK)]
    return np.concatenate([_moved(part, moves, random) for part in parts])


def _moved(images: Bytes, moves: Moves, random: np.random.Generator) -> Bytes:
    rows, columns = _linear(images.shape, moves, random)
    if moves.elastic:
        noise = random.uniform(-1, 1, (2, *images.shape))
        smooth = gaussian_filter(noise, (0, 0, moves.smooth, moves.smooth), mode="constant")
        down, right = smooth * (moves.elastic / smooth.std())
        rows, columns = rows + down, columns + right
    which = np.broadcast_to(np.arange(len(images))[:, None, None], images.shape)
    values = map_coordinates(images.astype(np.float64), [which, rows, columns], order=1, cval=0.0)
    found: Bytes = np.rint(values).astype(np.uint8)
    return found


def _linear(shape: tuple[int, ...], moves: Moves, random: np.random.Generator) -> tuple[Coordinates, Coordinates]:
    """Return the row and the column [n, h, w] of the old image that each new pixel shows: turned, scaled, sheared, then shifted."""
    n, height, width = shape
    middle = (height - 1) / 2, (width - 1) / 2
    down, right = np.meshgrid(np.arange(height) - middle[0], np.arange(width) - middle[1], indexing="ij")
    angle = np.deg2rad(random.uniform(-moves.degrees, moves.degrees, (n, 1, 1)))
    shear = random.uniform(-moves.shear, moves.shear, (n, 1, 1))
    tall, wide = np.exp(random.uniform(-moves.scale, moves.scale, (2, n, 1, 1)))
    shift = random.uniform(-moves.pixels, moves.pixels, (2, n, 1, 1))
    rows = (np.cos(angle) * down - np.sin(angle) * right) / tall
    columns = (np.sin(angle) * down + np.cos(angle) * right) / wide + shear * rows
    return rows + shift[0] + middle[0], columns + shift[1] + middle[1]
