"""Checkpoints of a run: what is written after each epoch, so that an interrupted run goes on bit for bit."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError, OutputError
from spinn2sim.files.atomic import write_npz
from spinn2sim.files.npz_reader import read_arrays
from spinn2sim.scenario.keys import Scenario
from spinn2sim.scenario.resolved import resolved_toml
from spinn2sim.trace import run_directory

Arrays = Mapping[str, NDArray[Any]]
Matrices = Sequence[NDArray[np.float64]]


def write_checkpoint(folder: Path, scenario: Scenario, epoch: int, state: Arrays, best: Matrices = ()) -> None:
    """Write the trainer's state at the end of an epoch, and the best weights so far where these are kept. Raises OutputError."""
    about: dict[str, NDArray[Any]] = {"epoch": np.full(1, epoch, np.int64), "scenario": scenario_digest(scenario)}
    kept = {f"best_{k}": matrix for k, matrix in enumerate(best)}
    write_npz(folder / run_directory.CHECKPOINT, {**about, **kept, **state})


def read_checkpoint(folder: Path) -> dict[str, NDArray[Any]] | None:
    """Read the arrays of a run's checkpoint; None where no epoch was finished. Raises OutputError when it cannot be read."""
    path = folder / run_directory.CHECKPOINT
    if not path.exists():
        return None
    try:
        arrays = read_arrays(path)
        int(arrays["epoch"][0])
    except (DataError, KeyError, IndexError) as error:
        raise OutputError(f"{path}: cannot be used ({error}); {run_directory.AGAIN}") from None
    return arrays


def refuse_unfit(folder: Path, scenario: Scenario, epoch: int, checkpoint: Arrays) -> None:
    """Raises OutputError where the checkpoint is of another scenario, or the metrics up to its epoch are not all there."""
    epochs = scenario.training.epochs
    if not 0 <= epoch <= epochs:
        raise OutputError(
            f"{folder / run_directory.CHECKPOINT}: epoch: found {epoch}, allowed is 0 to training.epochs = {epochs}"
        )
    found = [line.get("epoch") for line in run_directory.read_metrics(folder)][: epoch + 1]
    if found != list(range(epoch + 1)):
        raise OutputError(
            f"{folder / run_directory.METRICS}: found epochs {found}, the checkpoint needs 0 to {epoch}; {run_directory.AGAIN}"
        )
    if not np.array_equal(checkpoint.get("scenario", np.zeros(0)), scenario_digest(scenario)):
        raise OutputError(
            f"{folder / run_directory.SCENARIO}: found another scenario than the run began with, "
            "allowed is a change of training.epochs alone"
        )


def best_weights(checkpoint: Arrays, like: Matrices) -> Matrices:
    """The best weights of a run that keeps them, of the shapes of `like`. Raises ValueError when the checkpoint has none that fit."""
    best = [checkpoint.get(f"best_{k}", np.zeros(0)) for k in range(len(like))]
    if any(b.shape != w.shape or b.dtype != w.dtype for b, w in zip(best, like, strict=True)):
        raise ValueError("best weights do not fit this scenario")
    return best


def scenario_digest(scenario: Scenario) -> NDArray[np.uint8]:
    """SHA-256 of all that a run rests on, as 32 bytes: every key but the number of epochs."""
    text = resolved_toml(replace(scenario, training=replace(scenario.training, epochs=0)))
    return np.frombuffer(hashlib.sha256(text.encode()).digest(), np.uint8)
