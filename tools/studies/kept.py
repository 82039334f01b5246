"""Runs of a study, kept in folders by name: one that is there, complete and of the same scenario is not run again."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import spinn2sim
from spinn2sim.errors import Spinn2simError
from spinn2sim.report.run import Run
from spinn2sim.scenario import load

Where = Literal["chip", "float64", "fixed"]


def kept(folder: Path, where: Where, scenario: Path, overrides: Mapping[str, object]) -> Run:
    """The run of `scenario` on the simulated chip, or on the mirror in float64 or fixed point."""
    found = _complete(folder, scenario, overrides)
    if found is not None:
        return found
    shutil.rmtree(folder, ignore_errors=True)
    if where == "chip":
        return spinn2sim.run(scenario, folder, overrides)
    return spinn2sim.train(scenario, folder, overrides, where)


def _complete(folder: Path, scenario: Path, overrides: Mapping[str, object]) -> Run | None:
    try:
        run = spinn2sim.open_run(folder)
        same = load(folder / "scenario.toml") == load(scenario, overrides)
        return run if same and run.summary["status"] == "complete" else None
    except Spinn2simError:
        return None


def accuracies(run: Run) -> list[float]:
    """Test accuracy in percent: before training, then after each epoch."""
    return [100 * line["test_accuracy"] for line in run.metrics]


def first_epoch_at(run: Run, percent: float) -> int | None:
    """The first epoch after which at least `percent` of the test samples are right; None: none."""
    return next((epoch for epoch, found in enumerate(accuracies(run)) if found >= percent), None)


def means(values: list[Any]) -> float:
    """The mean, as a float."""
    return float(sum(values) / len(values))
