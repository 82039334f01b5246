"""A user's own spikes as events: several spikes of one input, in any order, and each way in which they can be wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import spinn2sim
from graph_scenario import SMALL_GRAPH
from spinn2sim.errors import DataError
from spinn2sim.scenario import load, load_text
from spinn2sim.scenario.data import Dataset, load_dataset

STEPS, INPUTS, SAMPLES = 27, 5, 24
LABELS = np.arange(SAMPLES) % 3


def drawn_events(seed: int, samples: int = SAMPLES) -> np.ndarray:
    """Spikes of all inputs, each in several steps, in any order."""
    rng = np.random.default_rng(seed)
    events = np.argwhere(rng.random((samples, STEPS - 2, INPUTS)) < 0.15)
    return rng.permutation(events)


PARTS = {
    "train_events": drawn_events(1), "train_labels": LABELS, "test_events": drawn_events(2, 6), "test_labels": LABELS[:6],
    "n_inputs": np.array(INPUTS),
}  # fmt: skip


def written(
    scenarios: Path, folder: Path, arrays: dict[str, np.ndarray], **more: object
) -> tuple[Path, dict[str, object]]:
    """The scenario file and its overrides with these arrays as data."""
    np.savez(folder / "own.npz", **arrays)
    changes = {
        "data.source": "npz",
        "data.path": folder / "own.npz",
        "data.train_samples": SAMPLES,
        "data.test_samples": 6,
    }
    return scenarios / "yinyang.toml", {**changes, "training.copies": 6, **more}


def as_events(data: Dataset) -> list[list[int]]:
    """The spikes of a data set as sample, step and neuron."""
    sample = np.repeat(np.arange(len(data)), np.diff(data.first))
    return np.stack([sample, data.step, data.source], axis=1).tolist()


def test_events_are_sorted_and_none_is_lost(scenarios: Path, tmp_path: Path) -> None:
    """Every spike of a file is in the data set, by sample, step and neuron, whatever its place in the file."""
    train, test = load_dataset(load(*written(scenarios, tmp_path, PARTS)))
    assert as_events(train) == sorted(PARTS["train_events"].tolist())
    assert (train.n_inputs, test.n_inputs, train.n_classes, len(test)) == (INPUTS, INPUTS, 3, 6)
    assert train.most_spikes > INPUTS


def test_one_set_of_events_is_split_by_counts(scenarios: Path, tmp_path: Path) -> None:
    """Of events and labels, the first data.train_samples are for training, and the next data.test_samples for testing."""
    arrays = {"events": drawn_events(3, 30), "labels": np.arange(30) % 3}
    train, test = load_dataset(load(*written(scenarios, tmp_path, arrays)))
    both = as_events(train) + [[sample + SAMPLES, step, neuron] for sample, step, neuron in as_events(test)]
    assert both == sorted(arrays["events"].tolist())


def test_without_a_number_of_inputs_the_largest_neuron_counts(scenarios: Path, tmp_path: Path) -> None:
    """If neither scenario nor file says how many inputs there are, both splits have as many as spike in either."""
    arrays = {**PARTS, "test_events": np.array([[0, 3, 8]])}
    del arrays["n_inputs"]
    train, test = load_dataset(load(*written(scenarios, tmp_path, arrays)))
    assert train.n_inputs == test.n_inputs == 9


REFUSED = [
    ({"train_events": drawn_events(1).astype(float)}, "train_events: found float64 of shape"),
    ({"train_events": drawn_events(1)[:, :2]}, "allowed is integers (spikes, 3): sample, step, neuron"),
    ({"train_events": np.array([[0, 0, 0], [24, 1, 1]])}, "train_events: row 1: found sample 24, allowed is 0 to 23"),
    ({"train_events": np.array([[0, 27, 0]])}, "row 0: found step 27, allowed is 0 to 26"),
    ({"train_events": np.array([[0, -1, 0]])}, "row 0: found step -1, allowed is 0 to 26"),
    ({"train_events": np.array([[0, 1, 5]])}, "row 0: found neuron 5, allowed is 0 to 4"),
    ({"train_events": np.array([[0, 1, 2], [1, 1, 2], [0, 1, 2]])}, "row 2: found sample 0, step 1, neuron 2 twice"),
    ({"n_inputs": np.array(0)}, "n_inputs: found int64 0, allowed is an integer, 1 to 65535"),
    ({"n_inputs": np.array([1, 2])}, "n_inputs: found int64 shape (2,)"),
    ({"train_samples": np.zeros((24, 5))}, "found train_samples and train_events, allowed is one of train_samples, train_spike_steps"),
]  # fmt: skip


@pytest.mark.parametrize(("arrays", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_refuses_in_one_line(scenarios: Path, tmp_path: Path, arrays: dict[str, np.ndarray], message: str) -> None:
    """A spike that cannot be is refused by its row, with what was found and what is allowed."""
    with pytest.raises(DataError) as error:
        load_dataset(load(*written(scenarios, tmp_path, {**PARTS, **arrays})))
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_events_number_the_declared_inputs(tmp_path: Path) -> None:
    """With [[population]], events number the neurons of all inputs one after the other, and no others exist."""
    np.savez(tmp_path / "own.npz", **PARTS)
    changes = {
        "data.source": "npz", "data.path": tmp_path / "own.npz", "data.train_samples": SAMPLES, "data.test_samples": 6,
        "encoding.bias": None,
    }  # fmt: skip
    with pytest.raises(DataError, match=r"n_inputs: found 5, allowed are the 4 inputs of \[\[population\]\]"):
        load_dataset(load_text(SMALL_GRAPH, changes))
    train, _ = load_dataset(load_text(SMALL_GRAPH, {**changes, "population.in.size": 5}))
    assert train.n_inputs == 5


def test_chip_and_mirror_take_several_spikes_of_an_input(scenarios: Path, tmp_path: Path) -> None:
    """A network whose inputs spike several times in a sample is the same on chip and mirror, bit for bit."""
    path, changes = written(scenarios, tmp_path, PARTS, **{"network.hidden": [12]})
    found = spinn2sim.validate(path, 3, changes)
    assert found.holds
