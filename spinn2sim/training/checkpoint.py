"""Checkpoints of a run, written after each epoch, from which an interrupted run is resumed bit for bit."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError, OutputError
from spinn2sim.files.npz_reader import read_arrays
from spinn2sim.scenario.keys import Scenario
from spinn2sim.scenario.load import read_text
from spinn2sim.scenario.resolved import resolved_toml
from spinn2sim.trace import run_directory
from spinn2sim.training.checkpoint_values import epoch_of
from spinn2sim.training.input_digests import joint_digest, without_paths
from spinn2sim.training.trainer import Learned

Arrays = Mapping[str, NDArray[Any]]
# Lines of a resolved scenario that name files, which `without_paths` leaves out.
PATH_LINES = {("[data]", "path"), ("[data]", "test_path"), ("[training]", "start_from"), ("[faults]", "joined_board")}


def checkpoint_arrays(
    scenario: Scenario, digests: Mapping[str, str], epoch: int, state: Arrays, best: Learned | None = None
) -> dict[str, NDArray[Any]]:
    """Collect the trainer's state at the end of an epoch, the best weights and delays so far if they are kept, and the inputs' SHA-256."""
    about: dict[str, NDArray[Any]] = {
        "epoch": np.full(1, epoch, np.int64),
        "scenario": scenario_digest(scenario),
        "inputs": joint_digest(digests),
    }
    kept = best_arrays(best) if best is not None else {}
    return {**about, **kept, **state}


def read_checkpoint(folder: Path) -> dict[str, NDArray[Any]] | None:
    """Read the arrays of a run's checkpoint; None if no epoch was finished. Raises OutputError if it cannot be read."""
    path = folder / run_directory.CHECKPOINT
    if not path.exists():
        return None
    try:
        arrays = read_arrays(path)
        epoch_of(path, arrays)
    except (DataError, OutputError) as error:
        raise OutputError(f"{path}: cannot be used ({error}); {run_directory.AGAIN}") from None
    return arrays


def refuse_unfit(folder: Path, scenario: Scenario, digests: Mapping[str, str], epoch: int, checkpoint: Arrays) -> None:
    """Raise OutputError if the checkpoint belongs to another scenario or other data, or if metrics up to its epoch are missing."""
    epochs = scenario.training.epochs
    if not 0 <= epoch <= epochs:
        raise OutputError(
            f"{folder / run_directory.CHECKPOINT}: epoch: found {epoch}, allowed is 0 to training.epochs = {epochs}"
        )
    lines = run_directory.read_metrics(folder, whole=True, lines=epoch + 1)
    found = [line["epoch"] for line in lines]
    if found != list(range(epoch + 1)):
        raise OutputError(
            f"{folder / run_directory.METRICS}: found epochs {found}, the checkpoint needs 0 to {epoch}; {run_directory.AGAIN}"
        )
    if scenario.training.validation_samples and any(line.get("validation_accuracy") is None for line in lines):
        raise OutputError(
            f"{folder / run_directory.METRICS}: found an epoch without the validation that the scenario asks for"
        )
    found_scenario = checkpoint.get("scenario", np.zeros(0))
    inputs = checkpoint.get("inputs")
    if inputs is not None and not np.array_equal(inputs, joint_digest(digests)):
        raise OutputError(
            f"{folder / run_directory.CHECKPOINT}: inputs: found SHA-256 {inputs.tobytes().hex()}, "
            f"the data and start weights have {joint_digest(digests).tobytes().hex()}"
        )
    allowed = [scenario_digest(scenario, paths) for paths in {False, inputs is None}]
    allowed += [file_digest(folder / run_directory.SCENARIO, paths) for paths in {False, inputs is None}]
    if not any(np.array_equal(found_scenario, one) for one in allowed):
        raise OutputError(
            f"{folder / run_directory.SCENARIO}: found another scenario than the run began with, "
            "allowed is a change of training.epochs alone"
        )


def best_arrays(best: Learned) -> dict[str, NDArray[Any]]:
    """Return the best weights and delays by their names in a checkpoint."""
    return {f"best_{k}": matrix for k, matrix in enumerate(best.weights)} | {
        f"best_delays_{k}": matrix for k, matrix in enumerate(best.delays) if matrix is not None
    }


def best_of(checkpoint: Arrays, like: Learned) -> Learned:
    """Return the best weights and delays of a run that keeps them, shaped as `like`. Raises ValueError if the checkpoint has none."""
    for name, wanted in best_arrays(like).items():
        found = checkpoint.get(name, np.zeros(0))
        if found.shape != wanted.shape or found.dtype != wanted.dtype:
            raise ValueError(f"best {'delays' if 'delays' in name else 'weights'} do not fit this scenario")
    weights = [checkpoint[f"best_{k}"] for k in range(len(like.weights))]
    return Learned(weights, [None if d is None else checkpoint[f"best_delays_{k}"] for k, d in enumerate(like.delays)])


def scenario_digest(scenario: Scenario, paths: bool = False) -> NDArray[np.uint8]:
    """Compute the SHA-256, as 32 bytes, of all keys that a run depends on: every key except the number of epochs.

    Paths are included only with `paths`, as in older versions, which did not record the content of the files.
    """
    kept = scenario if paths else without_paths(scenario)
    return _digest(resolved_toml(replace(kept, training=replace(kept.training, epochs=0))))


def file_digest(file: Path, paths: bool = False) -> NDArray[np.uint8]:
    """Compute the same of a run's scenario.toml as it is written: an earlier version had fewer keys, in another order."""
    lines, table = [], ""
    for line in read_text(file).splitlines(keepends=True):
        table = line.strip() if line.startswith("[") else table
        key = line.partition(" = ")[0]
        if (table, key) == ("[training]", "epochs"):
            line = "epochs = 0\n"
        if paths or (table, key) not in PATH_LINES:
            lines.append(line)
    return _digest("".join(lines))


def _digest(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(hashlib.sha256(text.encode()).digest(), np.uint8)
