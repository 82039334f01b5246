"""The files that a scenario names, by their content: a run goes on only with what it began with, wherever that lies now."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError, OutputError
from spinn2sim.scenario.keys import Scenario
from spinn2sim.trace import run_directory
from spinn2sim.trace.manifest import entry_of

Digests = dict[str, str]
# Names of files in a folder of images; what else lies there is not read.
IDX_FILES = "*-idx[13]-ubyte.gz"


def named_files(scenario: Scenario) -> dict[str, Path]:
    """The data and the start weights that a scenario names, by the key that names them."""
    named = {"data.path": scenario.data.path, "training.start_from": scenario.training.start_from}
    return {key: Path(path) for key, path in named.items() if path is not None}


def content_digest(path: Path, pattern: str = "*") -> str:
    """SHA-256 of a file; of a folder, over the names and the SHA-256 of the files in it. Raises DataError where it cannot be read."""
    try:
        if not path.is_dir():
            return entry_of(path).sha256
        found = sorted(file for file in path.rglob(pattern) if file.is_file())
        lines = [f"{file.relative_to(path).as_posix()} {entry_of(file).sha256}\n" for file in found]
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from None
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def digest_of(key: str, path: Path) -> str:
    """The digest of what a key of a scenario names: of a run directory as start weights, that of its weights."""
    if key == "training.start_from" and path.is_dir():
        return content_digest(path / run_directory.WEIGHTS)
    return content_digest(path, IDX_FILES)


def input_digests(scenario: Scenario) -> Digests:
    """SHA-256 of each file or folder that a scenario names. Raises DataError."""
    return {key: digest_of(key, path) for key, path in named_files(scenario).items()}


def described(scenario: Scenario, digests: Mapping[str, str], folder: Path) -> dict[str, dict[str, str]]:
    """The inputs as provenance.json names them: path, path as seen from the run's `folder`, SHA-256."""
    return {
        key: {"path": str(path), "relative": os.path.relpath(path, folder.absolute()), "sha256": digests[key]}
        for key, path in named_files(scenario).items()
    }


def find_inputs(folder: Path, scenario: Scenario, recorded: Any) -> dict[str, str]:
    """Where the inputs of a run lie now, by key, for those that do not lie where the scenario says: as before, as seen from `folder`.

    `recorded` is what provenance.json says. Raises OutputError, with both digests, where none of the places has the content.
    """
    moved = {}
    for key, path in named_files(scenario).items():
        entry = recorded.get(key) if isinstance(recorded, dict) else None
        if not isinstance(entry, dict) or not isinstance(entry.get("sha256"), str):
            raise OutputError(
                f"{folder / run_directory.PROVENANCE}: inputs: found nothing of {key}; {run_directory.AGAIN}"
            )
        relative = Path(os.path.normpath(folder.absolute() / str(entry.get("relative", "."))))
        places = [place for place in (path, relative) if place.exists()]
        digests = [digest_of(key, place) for place in places]
        if entry["sha256"] not in digests:
            found = f"SHA-256 {digests[0]}" if digests else "nothing there"
            raise OutputError(f"{path}: {key}: found {found}, the run began with SHA-256 {entry['sha256']}")
        place = places[digests.index(entry["sha256"])]
        if place != path:
            moved[key] = str(place)
    return moved


def joint_digest(digests: Mapping[str, str]) -> NDArray[np.uint8]:
    """SHA-256 over all inputs, as 32 bytes."""
    text = "".join(f"{key} {digest}\n" for key, digest in sorted(digests.items()))
    return np.frombuffer(hashlib.sha256(text.encode()).digest(), np.uint8)
