"""tools/make_shifted_mnist.py: images that are moved, in files that the project's reader takes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from image_moves import Moves, moved
from make_shifted_mnist import with_copies, write_split
from spinn2sim.scenario.data.idx import read_images, read_labels

STILL = Moves(pixels=0, degrees=0, scale=0, shear=0, elastic=0)


def test_no_moves_change_no_image() -> None:
    """Bounds of 0 give the images back, byte for byte."""
    images = np.random.default_rng(0).integers(0, 256, (3, 28, 28)).astype(np.uint8)
    np.testing.assert_array_equal(moved(images, STILL, np.random.default_rng(1)), images)


@pytest.mark.parametrize("name", ["pixels", "degrees", "scale", "shear", "elastic"])
def test_a_blob_moves_no_further_than_asked(name: str) -> None:
    """Each kind of move alone changes every image, and leaves the centre of a blob within a few pixels of its place."""
    rows, columns = np.mgrid[:28, :28]
    blob = np.rint(255 * np.exp(-((rows - 9) ** 2 + (columns - 17) ** 2) / 8)).astype(np.uint8)
    found = moved(np.stack([blob] * 4), replace(STILL, **{name: getattr(Moves(), name)}), np.random.default_rng(2))
    for image in found.astype(np.float64):
        assert (image != blob).any()
        centre = [(image * along).sum() / image.sum() for along in (rows, columns)]
        assert np.abs(np.subtract(centre, (9, 17))).max() < 2.5


def test_copies_come_after_the_images_with_the_same_labels(tmp_path: Path) -> None:
    """The files hold the images first, then each copy of all of them, and are the same bytes each time."""
    images = np.random.default_rng(0).integers(0, 256, (3, 28, 28)).astype(np.uint8)
    labels = np.array([7, 1, 4], np.uint8)
    files = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        write_split(folder, "train", *with_copies(images, labels, 2, Moves()))
        files.append([path.read_bytes() for path in sorted(folder.iterdir())])
    assert files[0] == files[1]
    found = read_images(tmp_path / "a" / "train-images-idx3-ubyte.gz")
    np.testing.assert_array_equal(found[:3], images)
    assert found.shape == (9, 28, 28)
    assert read_labels(tmp_path / "a" / "train-labels-idx1-ubyte.gz").tolist() == [7, 1, 4] * 3
