"""Checkpoints of a run, written after each epoch, from which an interrupted run is resumed bit for bit."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError, OutputError
from spinn2sim.files.npz_reader import read_arrays
from spinn2sim.scenario.keys import Scenario
from spinn2sim.scenario.resolved import resolved_toml
from spinn2sim.trace import run_directory
from spinn2sim.training.input_digests import joint_digest

Arrays = Mapping[str, NDArray[Any]]
Matrices = Sequence[NDArray[np.float64]]


def checkpoint_arrays(
    scenario: Scenario, digests: Mapping[str, str], epoch: int, state: Arrays, best: Matrices = ()
) -> dict[str, NDArray[Any]]:
    """Collect the trainer's state at the end of an epoch, the best weights so far if they are kept, and the SHA-256 of the run's inputs."""
    about: dict[str, NDArray[Any]] = {
        "epoch": np.full(1, epoch, np.int64),
        "scenario": scenario_digest(scenario),
        "inputs": joint_digest(digests),
    }
    kept = {f"best_{k}": matrix for k, matrix in enumerate(best)}
    return {**about, **kept, **state}


def read_checkpoint(folder: Path) -> dict[str, NDArray[Any]] | None:
    """Read the arrays of a run's checkpoint; None if no epoch was finished. Raises OutputError if it cannot be read."""
    path = folder / run_directory.CHECKPOINT
    if not path.exists():
        return None
    try:
        arrays = read_arrays(path)
        int(arrays["epoch"][0])
    except (DataError, KeyError, IndexError) as error:
        raise OutputError(f"{path}: cannot be used ({error}); {run_directory.AGAIN}") from None
    return arrays


def refuse_unfit(folder: Path, scenario: Scenario, digests: Mapping[str, str], epoch: int, checkpoint: Arrays) -> None:
    """Raise OutputError if the checkpoint belongs to another scenario or other data, or if metrics up to its epoch are missing."""
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
    found_scenario = checkpoint.get("scenario", np.zeros(0))
    inputs = checkpoint.get("inputs")
    if inputs is not None and not np.array_equal(inputs, joint_digest(digests)):
        raise OutputError(
            f"{folder / run_directory.CHECKPOINT}: inputs: found SHA-256 {inputs.tobytes().hex()}, "
            f"the data and start weights have {joint_digest(digests).tobytes().hex()}"
        )
    if not any(np.array_equal(found_scenario, scenario_digest(scenario, paths)) for paths in {False, inputs is None}):
        raise OutputError(
            f"{folder / run_directory.SCENARIO}: found another scenario than the run began with, "
            "allowed is a change of training.epochs alone"
        )


def best_weights(checkpoint: Arrays, like: Matrices) -> Matrices:
    """Return the best weights of a run that keeps them, with the shapes of `like`. Raises ValueError if the checkpoint has none."""
    best = [checkpoint.get(f"best_{k}", np.zeros(0)) for k in range(len(like))]
    if any(b.shape != w.shape or b.dtype != w.dtype for b, w in zip(best, like, strict=True)):
        raise ValueError("best weights do not fit this scenario")
    return best


def scenario_digest(scenario: Scenario, paths: bool = False) -> NDArray[np.uint8]:
    """Compute the SHA-256, as 32 bytes, of all keys that a run depends on: every key except the number of epochs.

    Paths are included only with `paths`, as in older versions, which did not record the content of the files.
    """
    training, data = replace(scenario.training, epochs=0), scenario.data
    if not paths:
        training, data = replace(training, start_from=None), replace(data, path=None)
    text = resolved_toml(replace(scenario, training=training, data=data))
    return np.frombuffer(hashlib.sha256(text.encode()).digest(), np.uint8)
