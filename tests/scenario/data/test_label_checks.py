"""Labels that are allowed but probably wrong cause a warning or a refusal."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from small_scenario import SMALL
from spinn2sim.errors import DataError, DataWarning
from spinn2sim.scenario.data.splits import Splits, load_splits
from spinn2sim.scenario.load import load_text

WITH_NPZ = SMALL.replace('source = "yinyang"', 'source = "npz"\npath = "{path}"')


def splits(folder: Path, keys: dict[str, Any] | None = None, **arrays: Any) -> Splits:
    """Load the splits of an npz with these arrays: 20 samples for training and 10 for testing."""
    np.savez(folder / "d.npz", **arrays)
    return load_splits(load_text(WITH_NPZ.format(path=folder / "d.npz"), keys or {}))


def arrays(train: Any, test: Any = None, **more: Any) -> dict[str, Any]:
    """Return the arrays of an npz with two inputs and these labels; by default 10 test samples have the labels 0 and 1."""
    train = np.asarray(train)
    test = np.arange(10) % 2 if test is None else np.asarray(test)
    steps = np.zeros((1, 2), np.int64)
    return {
        "train_spike_steps": steps.repeat(len(train), 0), "train_labels": train,
        "test_spike_steps": steps.repeat(len(test), 0), "test_labels": test, **more,
    }  # fmt: skip


def test_good_labels_say_nothing(tmp_path: Path) -> None:
    """Labels 0, 1, 0, 1, ... cause no warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", DataWarning)
        assert splits(tmp_path, **arrays(np.arange(20) % 2)).train.n_classes == 2


@pytest.mark.parametrize(
    ("train", "test", "said"),
    [
        (
            np.arange(20) % 3 + 1,
            np.arange(10) % 3 + 1,
            "no training sample has label 0, of 4 classes.*labels start at 1",
        ),
        (np.arange(20) % 2 * 2, None, "no training sample has label 1, of 3 classes"),
        (np.arange(20) % 2, np.full(10, 7), "no training sample has label 2, 3, 4, 5, 6, 7, of 8 classes"),
        (
            np.arange(20) % 2 * 50,
            None,
            "no training sample has label 1, 2, 3, 4, 5, 6, 7, 8 and 41 more, of 51 classes",
        ),
    ],
)
def test_classes_without_a_training_sample_are_said(tmp_path: Path, train: Any, test: Any, said: str) -> None:
    """A warning lists the classes without a training sample, whose output neurons would never learn their class."""
    with pytest.warns(DataWarning, match=said) as found:
        splits(tmp_path, **arrays(train, test))
    assert len(found) == 1


@pytest.mark.parametrize("where", ["train", "test"])
def test_a_mark_for_ignored_samples_is_refused(tmp_path: Path, where: str) -> None:
    """Label 255 next to classes 0 and 1 is refused, since it probably marks samples to be ignored."""
    labels = np.array([0, 1, 255, 0, 1] * 4, np.uint8)
    train, test = (labels, None) if where == "train" else (np.arange(20) % 2, labels[:10])
    with pytest.raises(DataError, match=r"found label 255 in . samples, and no other above 1"):
        splits(tmp_path, **arrays(train, test))


def test_256_classes_are_allowed(tmp_path: Path) -> None:
    """Label 255 is accepted as a class if there is a label 254."""
    keys = {"data.train_samples": 256}
    found = splits(tmp_path, keys, **arrays(np.arange(256), np.arange(10)))
    assert found.train.n_classes == 256


@pytest.mark.parametrize("order", [1, -1])
def test_sorted_samples_that_are_cut_are_said(tmp_path: Path, order: int) -> None:
    """A warning says if splits are cut from samples that are sorted by label."""
    labels = (np.arange(30) // 10)[::order]
    with pytest.warns(DataWarning, match="labels: the samples are sorted by label"):
        splits(tmp_path, spike_steps=np.zeros((30, 2), np.int64), labels=labels)
    with pytest.warns(DataWarning, match="training labels: the samples are sorted by label"):
        splits(tmp_path, {"training.validation_samples": 8}, **arrays((np.arange(20) // 10)[::order]))


def test_ignored_arrays_are_named(tmp_path: Path) -> None:
    """A warning names an array that is not used, even one that cannot be read."""
    more = {"bias_0": np.ones(2), "notes": np.array([{"a": 1}], dtype=object)}
    with pytest.warns(DataWarning, match="d.npz: ignored: bias_0, notes"):
        splits(tmp_path, **arrays(np.arange(20) % 2, **more))


def test_a_rule_of_an_unused_encoding_does_not_refuse(tmp_path: Path) -> None:
    """Three steps, too few for "latency_steps", are accepted for spike steps, which need no encoding, and refused for samples."""
    three = {"network.steps": 3}
    assert splits(tmp_path, three, **arrays(np.arange(20) % 2)).train.n_inputs == 2
    samples = {"samples": np.zeros((30, 2)), "labels": np.arange(30) % 2}
    with pytest.raises(ValueError, match=r"network.steps: found 3, allowed is at least 4"):
        splits(tmp_path, three, **samples)
