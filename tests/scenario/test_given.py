"""Scenarios that Python code gives: paths, names, mappings and Scenario objects are one and the same."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import spinn2sim
from spinn2sim.errors import ScenarioError
from spinn2sim.report.answers import Answers
from spinn2sim.report.predictions import predictions


def test_every_way_is_the_same(small: Path) -> None:
    """A file, its tables, dotted keys with numbers of numpy, the object and its fields give an equal scenario."""
    wanted = spinn2sim.load_scenario(small)
    tree = tomllib.loads(small.read_text())
    dotted = {f"network.{key}": value for key, value in tree.pop("network").items()}
    dotted["network.init"] = np.array(dotted["network.init"])
    dotted["network.dt_ms"] = np.float64(dotted["network.dt_ms"])
    assert spinn2sim.load_scenario({**tree, **dotted}) == wanted
    assert spinn2sim.load_scenario(wanted) == wanted
    assert spinn2sim.load_scenario(dataclasses.asdict(wanted)) == wanted
    assert spinn2sim.load_scenario(wanted, {"seed": 5}).seed == 5
    rate = dataclasses.replace(wanted.optimizer, learning_rate=np.float64(0.5))
    assert spinn2sim.load_scenario(dataclasses.replace(wanted, optimizer=rate)).optimizer.learning_rate == 0.5


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (3, "scenario: found 3, allowed is a path"),
        (None, "scenario: found None"),
        ([1], "allowed is a path"),
        ({}, "name is missing"),
        ({"network": 3}, "network: found 3"),
        ({"name": object()}, "name: found"),
    ],
)
def test_anything_else_is_refused(given: Any, said: str) -> None:
    """The message says what was found and what is allowed."""
    with pytest.raises(ScenarioError, match=said):
        spinn2sim.load_scenario(given)


def test_predictions() -> None:
    """The earliest output answers, of equal ones the first; a silent sample has no prediction; a readout's highest answers."""
    first = np.array([[3, 2, 9], [9, 9, 9], [4, 4, 5]])
    rows = predictions(Answers(1, first, np.array([1, 0, 1])), 9).to_pylist()
    assert [row["prediction"] for row in rows] == [1, None, 0]
    assert [row["right"] for row in rows] == [True, False, False]
    assert rows[0]["first_spike"] == [3, 2, None]
    silent = np.full((2, 2), 9)
    voltages = np.array([[0.0, 0.2], [0.0, 0.0]])
    assert predictions(Answers(1, silent, np.zeros(2, np.int64), voltages), 9)["prediction"].to_pylist() == [1, None]
    assert predictions(Answers(1, silent, np.zeros(2, np.int64), voltages, True), 9)["prediction"].to_pylist() == [1, 0]
