"""A user's own data in an npz: both layouts, and each way in which they can be wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spinn2sim.errors import DataError
from spinn2sim.scenario import load, load_text, resolved_toml
from spinn2sim.scenario.data import load_dataset, load_splits
from spinn2sim.scenario.keys import Scenario

SAMPLES = np.linspace(0, 1, 60).reshape(30, 2)
LABELS = np.arange(30) % 4
STEPS = np.arange(60).reshape(30, 2) % 28 - 1
PARTS = {"train_samples": SAMPLES, "train_labels": LABELS, "test_samples": SAMPLES[:5], "test_labels": LABELS[:5]}


def scenario_of(
    scenarios: Path, folder: Path, arrays: dict[str, np.ndarray], train: int = 30, test: int = 5
) -> Scenario:
    """Load yinyang.toml with these arrays as its data."""
    path = folder / "own.npz"
    np.savez(path, **arrays)
    overrides = {"data.source": "npz", "data.path": path, "data.train_samples": train, "data.test_samples": test}
    return load(scenarios / "yinyang.toml", overrides)


def test_parts_by_name(scenarios: Path, tmp_path: Path) -> None:
    """With train_ and test_ arrays, values are encoded without a bias, and there is one class more than the largest label."""
    train, test = load_dataset(scenario_of(scenarios, tmp_path, PARTS))

    assert (len(train), len(test), train.n_inputs, train.n_classes, test.n_classes) == (30, 5, 2, 4, 4)
    assert train.labels.tolist() == LABELS.tolist()
    assert train.values is not None
    assert np.array_equal(train.values, SAMPLES)
    assert (train.step[-1], train.source[-1]) == (2, 1)


def test_one_set_is_split_by_counts(scenarios: Path, tmp_path: Path) -> None:
    """Of samples and labels, the first data.train_samples are for training and the next data.test_samples for testing."""
    train, test = load_dataset(scenario_of(scenarios, tmp_path, {"samples": SAMPLES, "labels": LABELS}, 22, 8))

    assert train.labels.tolist() == LABELS[:22].tolist()
    assert test.values is not None
    assert np.array_equal(test.values, SAMPLES[22:])


def test_validation_takes_the_last_training_samples(scenarios: Path, tmp_path: Path) -> None:
    """The last training.validation_samples of the training part, in their order, are for validation and not for training."""
    whole = scenario_of(scenarios, tmp_path, {"samples": SAMPLES, "labels": LABELS}, 26, 4)
    held = load_text(resolved_toml(whole), {"training.validation_samples": 3, "training.copies": 5})
    train, test, validation = load_splits(held)

    assert validation is not None
    assert held.trained_samples == len(train) == 23
    parts = [part.values for part in (train, validation, test)]
    assert all(part is not None for part in parts)
    assert np.array_equal(np.concatenate(parts), SAMPLES)  # type: ignore[arg-type]
    both = load_dataset(whole)[0]
    assert np.array_equal(np.concatenate([train.step, validation.step]), both.step)
    assert np.array_equal(np.concatenate([train.labels, validation.labels]), both.labels)
    assert (validation.first[0], validation.first[-1]) == (0, len(validation.step))


def test_spike_steps_are_taken_as_they_are(scenarios: Path, tmp_path: Path) -> None:
    """Spike steps are used without encoding; -1 stands for a silent input."""
    train, _ = load_dataset(scenario_of(scenarios, tmp_path, {"spike_steps": STEPS, "labels": LABELS}, 25, 5))

    assert train.values is None
    assert (train.step[0], train.source[0], train.first[1]) == (0, 1, 1)
    assert train.step.tolist() == [step for step in STEPS[:25].ravel().tolist() if step >= 0]


WRONG = [
    ({"train_labels": None}, "has no array train_labels"),
    ({"test_samples": None}, "allowed is one of test_samples, test_spike_steps and test_events"),
    ({"train_spike_steps": STEPS}, "found train_samples and train_spike_steps, allowed is one of"),
    ({"train_labels": LABELS[:-1]}, r"train_samples: found shape \(30, 2\), allowed is \(29, inputs\)"),
    ({"train_labels": LABELS * 1.0}, "train_labels: found float64"),
    ({"train_labels": LABELS - 1}, "train_labels: found -1 to 2, allowed is 0 to"),
    ({"train_labels": LABELS[:, None]}, r"train_labels: found int64 of shape \(30, 1\)"),
    ({"train_samples": SAMPLES * 1.01}, "train_samples: found 0.0 to 1.01, allowed is 0 to 1"),
    ({"train_samples": SAMPLES * np.nan}, "train_samples: found nan to nan, allowed is 0 to 1"),
    ({"train_samples": STEPS}, "train_samples: found int64, allowed is a float type"),
    ({"train_samples": SAMPLES[:, 0]}, r"train_samples: found shape \(30,\)"),
    ({"train_samples": SAMPLES[:, :0]}, r"train_samples: found shape \(30, 0\)"),
    ({"train_samples": None, "train_spike_steps": STEPS + 1}, "train_spike_steps: found 0 to 27, allowed is -1"),
    ({"train_samples": None, "train_spike_steps": STEPS - 1}, "train_spike_steps: found -2 to 25, allowed is -1"),
    ({"train_samples": None, "train_spike_steps": SAMPLES}, "train_spike_steps: found float64, allowed is an integer"),
    ({"test_samples": SAMPLES[:5, :1]}, "found 2 inputs to train, 1 to test, allowed is one number for both"),
    (
        {"train_samples": SAMPLES[:29], "train_labels": LABELS[:29]},
        "train_labels: found 29 samples, allowed is data.train_s",
    ),
]


@pytest.mark.parametrize(("changes", "message"), WRONG, ids=[message for _, message in WRONG])
def test_refuses(scenarios: Path, tmp_path: Path, changes: dict[str, np.ndarray | None], message: str) -> None:
    """Each wrong array is refused by file and name, with what was found and what is allowed."""
    arrays = {name: array for name, array in (PARTS | changes).items() if array is not None}

    with pytest.raises(DataError, match=message) as refusal:
        load_dataset(scenario_of(scenarios, tmp_path, arrays))

    assert "own.npz: " in str(refusal.value)


def test_too_few_samples_to_split(scenarios: Path, tmp_path: Path) -> None:
    """A file with fewer samples than training and test need together is refused."""
    scenario = scenario_of(scenarios, tmp_path, {"samples": SAMPLES, "labels": LABELS}, 26, 5)

    with pytest.raises(
        DataError, match=r"found 30 samples, allowed is at least data.train_samples 26 \+ data.test_samples 5"
    ):
        load_dataset(scenario)
