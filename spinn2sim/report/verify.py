"""Compares the directory of a run, a sweep or an experiment with its manifest, and names every file that is missing or differs."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from spinn2sim.errors import DataError
from spinn2sim.trace.manifest import read_manifest
from spinn2sim.trace.run_directory import EXPERIMENT, MANIFEST, need_run


class Verification(NamedTuple):
    """The result of a check of a directory."""

    folder: Path
    # How many files the manifest names.
    files: int
    # A line for each file that is missing or differs.
    problems: list[str]

    @property
    def holds(self) -> bool:
        """Whether every file is as the run wrote it."""
        return not self.problems


def verify(run: Path | str) -> Verification:
    """Compare every file of a directory with its manifest. Raises DataError if it is not that of a run, a sweep or an experiment."""
    folder = Path(run)
    if not (folder / EXPERIMENT).is_file():
        need_run(folder)
    try:
        manifest = read_manifest(folder)
    except DataError as error:
        return Verification(folder, 0, [str(error)])
    if manifest is None:
        return Verification(folder, 0, [f"{folder / MANIFEST}: is missing: nothing in the folder can be checked"])
    return Verification(folder, len(manifest.files), manifest.problems())
