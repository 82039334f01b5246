"""Begins or resumes the directory of a sweep, which holds its scenario, its space, its provenance and its journal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from spinn2sim.errors import DataError
from spinn2sim.files import atomic
from spinn2sim.scenario.load import read_text
from spinn2sim.scenario.resolved import resolved_toml
from spinn2sim.trace.run_directory import PROVENANCE, SCENARIO
from spinn2sim.training.input_digests import described, find_inputs, input_digests
from spinn2sim.training.provenance import now, provenance
from spinn2sim.training.search import journal
from spinn2sim.training.search.space import Space, SweepSource, read_space
from spinn2sim.training.search.trial_log import TrialLog

SPACE = "space.toml"
# The files that are written before the scenario.
BEFORE_SCENARIO = (PROVENANCE, SPACE, journal.JOURNAL)


def begin_directory(folder: Path, space: Space) -> TrialLog:
    """Write the space and the provenance, create the journal, and write the scenario, which makes the folder a sweep's directory."""
    atomic.write_text(folder / SPACE, space.source.space)
    inputs = described(space.base, input_digests(space.base), folder)
    atomic.write_json(folder / PROVENANCE, provenance(space.settings.seed, "sweep", now(), inputs=inputs))
    log = journal.create_journal(folder, space)
    with atomic.refusing(folder):
        atomic.sync_folder(folder)
    atomic.write_text(folder / SCENARIO, resolved_toml(space.base))
    return log


def resume_directory(folder: Path, given: SweepSource | None) -> TrialLog:
    """Open the journal, and record in the provenance that the sweep is resumed.

    Raises DataError if files of the directory were changed, or if it belongs to another scenario or space than those `given`.
    """
    log = journal.open_journal(folder)
    space = log.space
    for name, text in ((SCENARIO, resolved_toml(space.base)), (SPACE, space.source.space)):
        if read_text(folder / name) != text:
            raise DataError(
                f"{folder / name}: found another text than the sweep began with, allowed is a new sweep for it"
            )
    if given is not None:
        _refuse_other_space(folder, space, read_space(given))
    before = atomic.read_json(folder / PROVENANCE)
    inputs = before.get("inputs")
    if inputs is not None:  # otherwise the sweep was begun by a version that wrote no digests
        _refuse_moved(folder, find_inputs(folder, space.base, inputs))
    origin = provenance(space.settings.seed, "sweep", now(), before=before, inputs=inputs)
    atomic.write_json(folder / PROVENANCE, origin)
    return log


def _refuse_moved(folder: Path, moved: Mapping[str, str]) -> None:
    for key, place in moved.items():
        raise DataError(f"{folder}: {key}: found the data at {place} alone, allowed is the place where the sweep began")


def _refuse_other_space(folder: Path, space: Space, given: Space) -> None:
    if given.source.space != space.source.space:
        raise DataError(f"{folder}: found a sweep of another space than {given.source.space_file}, allowed is the same")
    if given.base != space.base:
        raise DataError(f"{folder}: found a sweep of another scenario than {given.source.file}, allowed is the same")
