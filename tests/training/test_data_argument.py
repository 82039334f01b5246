"""Arrays from Python become a file that a scenario names, so that runs of them are runs as any other."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import spinn2sim
from places import SCENARIOS
from small_scenario import SMALL
from spinn2sim.errors import DataError, DataWarning
from spinn2sim.scenario.data.splits import Splits, load_splits
from spinn2sim.scenario.load import load_text
from spinn2sim.training.data_argument import with_data

VALUES, LABELS = np.arange(40.0).reshape(20, 2) % 7, np.array(["no", "yes"] * 10)
TIMES, UNITS = [[0.0, 3.4, 3.5], [], [11.9, 30.0]] * 4, [[0, 1, 1], [], [2, 0]] * 4


def splits_of(folder: Path, data: object, **keys: Any) -> Splits:
    """Load the splits of a scenario, written for Yin-Yang, with `data` in place of its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        given = {name.replace("__", "."): value for name, value in keys.items()}
        return load_splits(load_text(SMALL, with_data(data, given, folder / "run")))


def test_values_and_labels(tmp_path: Path) -> None:
    """A pair of arrays is split, scaled and gets complements and a bias; samples for testing may be given beside it."""
    train, test, _ = splits_of(tmp_path, (VALUES, LABELS))
    assert (len(train), len(test), train.n_inputs, train.n_classes) == (16, 4, 5, 2)
    both = {"values": VALUES, "labels": LABELS, "test_values": VALUES[:3], "test_labels": LABELS[:3]}
    train, test, _ = splits_of(tmp_path, both, encoding__bias=False)
    assert (len(train), len(test), train.n_inputs) == (20, 3, 4)
    train, _, _ = splits_of(tmp_path, (VALUES.tolist(), LABELS.astype(object)), data__test_samples=10)
    assert len(train) == 10
    assert len(list((tmp_path / "data").glob("*.npz"))) == 2  # the same arrays are one file


def test_spikes_with_times(tmp_path: Path) -> None:
    """Times become steps of dt; two spikes of a unit in a step are one, late ones are left out, and a sample may be silent."""
    labels = np.arange(12) // 3 % 2 + 1
    train, test, _ = splits_of(
        tmp_path, {"times": TIMES, "units": UNITS, "labels": labels, "n_inputs": 4}, data__test_samples=3
    )
    assert (len(train), len(test), train.n_inputs, train.n_classes) == (9, 3, 4, 2)
    spikes = {
        tuple(zip(part.step[a:b].tolist(), part.source[a:b].tolist(), strict=True))
        for part in (train, test)
        for a, b in zip(part.first[:-1], part.first[1:], strict=True)
    }
    assert spikes == {((0, 0), (3, 1)), (), ((11, 2),)}
    flat = np.concatenate([np.array(one) for one in TIMES]), np.concatenate([np.array(one, int) for one in UNITS])
    first = np.cumsum([0, *map(len, TIMES)])
    again = {"times": flat[0], "units": flat[1], "first": first, "labels": labels}
    with pytest.warns(DataWarning, match="4 of 20 spikes come after the last step, at 12 ms"):
        found = load_splits(load_text(SMALL, with_data(again, {"data.test_samples": 3}, tmp_path / "run")))
    assert (found.train.n_inputs, (found.train.step == train.step).all()) == (3, True)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (3, "data: found 3, allowed is a file, arrays"),
        ({"X": VALUES}, "found 'X', allowed is a file"),
        ({"values": VALUES}, "data: found no labels"),
        (([[1, 2], [3]], [0, 1]), "data: values: found no array"),
        ((VALUES, LABELS[:3]), r"values: found float64 of shape \(20, 2\), allowed is numbers of shape \(3, columns\)"),
        ((VALUES[:, 0], LABELS), r"of shape \(20,\)"),
        ((VALUES * np.inf, LABELS), "row 0, column 1: found inf|found nan|found no value"),
        (({"a": 1}, LABELS), "allowed is numbers"),
        ({"times": [[1.0]], "units": [[0, 1]], "labels": [0]}, "units: found other numbers of spikes"),
        ({"times": [[-1.0], [1.0]], "units": [[0], [0]], "labels": [0, 1]}, "spike 0: found -1.0, allowed is a time in ms"),
        ({"times": [[1.0], [1.0]], "units": [[0], [-1]], "labels": [0, 1]}, "units: found int64"),
        ({"times": [[1.0], [1.0]], "units": [[0], [0]], "labels": [0, 1], "n_inputs": 0}, "n_inputs: found int64 0"),
        ({"times": 3, "units": [[0]], "labels": [0]}, "times: found 3, allowed is a list"),
        ("nowhere.npz", "no such file"),
    ],
)  # fmt: skip
def test_refusals(tmp_path: Path, data: object, said: str) -> None:
    """Arrays that are no samples are refused in one line."""
    with pytest.raises(DataError, match=said):
        splits_of(tmp_path, data, training__copies=1)


def test_functions_take_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A CSV file in place of a scenario's data gives the network its inputs and outputs."""
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        plan = spinn2sim.map(
            SCENARIOS / "yinyang.toml", {"network.hidden": [6], "training.copies": 4}, SCENARIOS / "iris.csv"
        )
    assert plan.graph.sizes == (9, 6, 3)
