"""Digests of the files that a scenario names. A run is resumed only with the content that it began with, wherever the files are now."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError, OutputError
from spinn2sim.scenario.keys import Scenario
from spinn2sim.trace import run_directory
from spinn2sim.trace.manifest import entry_of

Digests = dict[str, str]
BOARD = "faults.joined_board"
# The files that are read in a folder, by data.source.
FOLDER_FILES = {"idx": "*-idx[13]-ubyte.gz", "shd": "shd_*.h5"}


def named_files(scenario: Scenario) -> dict[str, Path]:
    """Return the paths of the data, of the start weights and of the board file in a scenario, by key."""
    named = {
        "data.path": scenario.data.path,
        "data.test_path": scenario.data.test_path,
        "training.start_from": scenario.training.start_from,
    }
    board = None if scenario.faults is None else scenario.faults.joined_board
    if board is not None and Path(board).exists():  # otherwise it is not needed: its dead parts are in the scenario
        named[BOARD] = board
    return {key: Path(path) for key, path in named.items() if path is not None}


def without_paths(scenario: Scenario) -> Scenario:
    """Return a scenario without the paths of its files, whose content counts and not their place."""
    changed = replace(
        scenario,
        data=replace(scenario.data, path=None, test_path=None),
        training=replace(scenario.training, start_from=None),
    )
    return changed if changed.faults is None else replace(changed, faults=replace(changed.faults, joined_board=None))


def content_digest(path: Path, pattern: str = "*") -> str:
    """Compute the SHA-256 of a file, or of the names and SHA-256 of all files in a folder. Raises DataError if it cannot be read."""
    try:
        if not path.is_dir():
            return entry_of(path).sha256
        found = sorted(file for file in path.rglob(pattern) if file.is_file())
        lines = [f"{file.relative_to(path).as_posix()} {entry_of(file).sha256}\n" for file in found]
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from None
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def digest_of(scenario: Scenario, key: str, path: Path) -> str:
    """Compute the digest of the file or folder that a key names; of a run directory as start weights, only that of its weights."""
    if key == "training.start_from" and path.is_dir():
        return content_digest(path / run_directory.WEIGHTS)
    return content_digest(path, FOLDER_FILES.get(scenario.data.source, FOLDER_FILES["idx"]))


def input_digests(scenario: Scenario) -> Digests:
    """Compute the SHA-256 of each file or folder that a scenario names. Raises DataError."""
    return {key: digest_of(scenario, key, path) for key, path in named_files(scenario).items()}


def described(scenario: Scenario, digests: Mapping[str, str], folder: Path) -> dict[str, dict[str, str]]:
    """Describe the inputs for provenance.json: path, path relative to the run's `folder`, SHA-256."""
    return {
        key: {"path": str(path), "relative": os.path.relpath(path, folder.absolute()), "sha256": digests[key]}
        for key, path in named_files(scenario).items()
    }


def find_inputs(folder: Path, scenario: Scenario, recorded: Any) -> dict[str, str]:
    """Find those inputs of a run that are no longer at the scenario's path, at the recorded path or the one relative to `folder`, by key.

    `recorded` comes from provenance.json. Raises OutputError, which gives both digests, if the content is in none of these places.
    """
    moved = {}
    for key, path in named_files(scenario).items():
        entry = recorded.get(key) if isinstance(recorded, dict) else None
        if entry is None and key == BOARD:
            continue  # the file was away when the run was last resumed
        if not isinstance(entry, dict) or not isinstance(entry.get("sha256"), str):
            raise OutputError(
                f"{folder / run_directory.PROVENANCE}: inputs: found nothing of {key}; {run_directory.AGAIN}"
            )
        relative = Path(os.path.normpath(folder.absolute() / str(entry.get("relative", "."))))
        places = [place for place in (path, relative) if place.exists()]
        digests = [digest_of(scenario, key, place) for place in places]
        if entry["sha256"] not in digests:
            found = f"SHA-256 {digests[0]}" if digests else "nothing there"
            raise OutputError(f"{path}: {key}: found {found}, the run began with SHA-256 {entry['sha256']}")
        place = places[digests.index(entry["sha256"])]
        if place != path:
            moved[key] = str(place)
    return moved


def joint_digest(digests: Mapping[str, str]) -> NDArray[np.uint8]:
    """Compute the SHA-256, as 32 bytes, over all inputs except the board file, whose dead parts are keys of the scenario."""
    text = "".join(f"{key} {digest}\n" for key, digest in sorted(digests.items()) if key != BOARD)
    return np.frombuffer(hashlib.sha256(text.encode()).digest(), np.uint8)
