"""tools/make_shifted_mnist.py: images that are moved by whole pixels, in files that the project's reader takes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from make_shifted_mnist import moved, with_copies, write_split
from spinn2sim.scenario.data.idx import read_images, read_labels


def test_a_moved_image_keeps_what_does_not_leave_it() -> None:
    """A row down and two columns left: every pixel is that of the old place, and pixels that come in are 0."""
    image = np.arange(1, 17, dtype=np.uint8).reshape(1, 4, 4)
    found = moved(image, np.array([[1, -2]]))[0]
    np.testing.assert_array_equal(found[1:, :2], image[0, :3, 2:])
    assert not found[0].any()
    assert not found[:, 2:].any()


def test_copies_come_after_the_images_with_the_same_labels(tmp_path: Path) -> None:
    """The files hold the images first, then each copy of all of them, and are the same bytes each time."""
    images = np.random.default_rng(0).integers(0, 256, (3, 28, 28)).astype(np.uint8)
    labels = np.array([7, 1, 4], np.uint8)
    files = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        write_split(folder, "train", *with_copies(images, labels, 2, 2))
        files.append([path.read_bytes() for path in sorted(folder.iterdir())])
    assert files[0] == files[1]
    found = read_images(tmp_path / "a" / "train-images-idx3-ubyte.gz")
    np.testing.assert_array_equal(found[:3], images)
    assert found.shape == (9, 28, 28)
    assert read_labels(tmp_path / "a" / "train-labels-idx1-ubyte.gz").tolist() == [7, 1, 4] * 3
