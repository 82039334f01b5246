"""Reads IDX files, the format of MNIST. Header and size are checked before memory is allocated."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError
from spinn2sim.files.input_file import open_input

UNSIGNED_BYTE = 0x08
MAX_ITEMS = 1_000_000
MAX_SIDE = 1024
MAX_BYTES = 1 << 30
# Images may take FREE_BYTES, or if that is more, MOST_INFLATION times the bytes of the packed file.
FREE_BYTES, MOST_INFLATION = 128 << 20, 100


def read_images(path: Path) -> NDArray[np.uint8]:
    """Read gray images [n, height, width] from an IDX file packed by gzip. Raises DataError."""
    return _read(path, 3)


def read_labels(path: Path) -> NDArray[np.uint8]:
    """Read labels [n] from an IDX file packed by gzip. Raises DataError."""
    return _read(path, 1)


def _read(path: Path, dimensions: int) -> NDArray[np.uint8]:
    try:
        with open_input(path, "an IDX file packed by gzip") as packed, gzip.open(packed, "rb") as file:
            shape = _shape(path, file, dimensions)
            size = math.prod(shape)
            allowed = max(FREE_BYTES, MOST_INFLATION * path.stat().st_size)
            if size > allowed:
                raise DataError(
                    f"{path}: found a shape {shape}, {size} bytes, allowed for a file of its size are {allowed}"
                )
            words = file.read(size)
            rest = len(file.read(1))
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise DataError(f"{path}: not packed by gzip, or truncated ({error})") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from None
    if len(words) != size or rest:
        found = f"{len(words)} bytes" if not rest else f"more than {size} bytes"
        raise DataError(f"{path}: found {found} after the header, allowed by its shape {shape} are {size}")
    return np.frombuffer(bytearray(words), np.uint8).reshape(shape)


def _shape(path: Path, file: BinaryIO | gzip.GzipFile, dimensions: int) -> tuple[int, ...]:
    """Read the lengths in the header: two zero bytes, the type, the number of dimensions, a big-endian word for each."""
    header = file.read(4 + 4 * dimensions)
    if len(header) != 4 + 4 * dimensions or header[:4] != bytes((0, 0, UNSIGNED_BYTE, dimensions)):
        allowed = f"0000080{dimensions} (unsigned bytes, {dimensions} dimension{'s' if dimensions > 1 else ''})"
        raise DataError(f"{path}: found an IDX header {header[:4].hex() or 'of no bytes'}, allowed is {allowed}")
    shape = struct.unpack(f">{dimensions}I", header[4:])
    items, *sides = shape
    if not 1 <= items <= MAX_ITEMS or not all(1 <= side <= MAX_SIDE for side in sides):
        allowed = f"1 to {MAX_ITEMS} items" + (f" of sides 1 to {MAX_SIDE}" if sides else "")
        raise DataError(f"{path}: found a shape {shape}, allowed is {allowed}")
    # In Python's integers: a product in 64 bits could wrap.
    size = math.prod(shape)
    if size > MAX_BYTES:
        raise DataError(f"{path}: found a shape {shape}, {size} bytes, allowed are {MAX_BYTES}")
    return shape
