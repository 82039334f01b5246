"""Begins or resumes the directory of a sweep, which holds its scenario, its space, its provenance and its journal."""

from __future__ import annotations

from pathlib import Path

from spinn2sim.errors import DataError
from spinn2sim.files import atomic
from spinn2sim.scenario.load import load, read_text
from spinn2sim.scenario.resolved import resolved_toml
from spinn2sim.trace.manifest import Manifest
from spinn2sim.trace.run_directory import MANIFEST, PROVENANCE, SCENARIO, read_provenance
from spinn2sim.training.input_digests import described, find_inputs, input_digests, named_files, without_paths
from spinn2sim.training.provenance import now, provenance
from spinn2sim.training.search import journal
from spinn2sim.training.search.space import Space, SweepSource, read_space
from spinn2sim.training.search.trial_log import TrialLog
from spinn2sim.training.search.vouched_sweep import SPACE, begin_again, refuse_changed

# The files that are written before the scenario.
BEFORE_SCENARIO = (PROVENANCE, SPACE, journal.JOURNAL, MANIFEST)


def begin_directory(folder: Path, space: Space) -> TrialLog:
    """Write the space and the provenance, create the journal, and write the scenario, which makes the folder a sweep's directory."""
    atomic.write_text(folder / SPACE, space.source.space)
    inputs = described(space.base, input_digests(space.base), folder)
    atomic.write_json(folder / PROVENANCE, provenance(space.settings.seed, "sweep", now(), inputs=inputs))
    log = journal.create_journal(folder, space)
    with atomic.refusing(folder):
        atomic.sync_folder(folder)
    manifest = Manifest(folder)
    manifest.record(folder / name for name in (SPACE, PROVENANCE, journal.JOURNAL))
    manifest.write_announced(folder / SCENARIO, resolved_toml(space.base))
    return log


def resume_directory(folder: Path, given: SweepSource | None) -> TrialLog:
    """Open the journal, and record in the provenance that the sweep is resumed. Data that moved are read where they are now.

    Raises DataError or OutputError, before anything is written, if the journal cannot be used, if files of the directory or the data were
    changed, or if the sweep belongs to another scenario or space than those `given`.
    """
    space = journal.rehearse_journal(folder).space
    scenario = load(folder / SCENARIO)
    if without_paths(scenario) != without_paths(space.base):
        raise _changed(folder / SCENARIO)
    if read_text(folder / SPACE) != space.source.space:
        raise _changed(folder / SPACE)
    before = read_provenance(folder)
    inputs = before.get("inputs")  # a sweep that was begun by an older version has none
    places = {key: str(path) for key, path in named_files(scenario if inputs is not None else space.base).items()}
    if inputs is not None:
        places |= find_inputs(folder, scenario, inputs)
    if given is not None:
        _refuse_other_space(folder, space, read_space(given))
    refuse_changed(folder)
    begin_again(folder)
    log = journal.open_journal(folder, places)
    if inputs is not None:
        digests = {key: entry["sha256"] for key, entry in inputs.items()}
        inputs = described(log.space.base, digests, folder)
    origin = provenance(space.settings.seed, "sweep", now(), before=before, inputs=inputs)
    atomic.write_text(folder / SCENARIO, resolved_toml(log.space.base))  # data that moved lie elsewhere now
    atomic.write_json(folder / PROVENANCE, origin)
    return log


def _changed(path: Path) -> DataError:
    return DataError(f"{path}: found another text than the sweep began with, allowed is a new sweep for it")


def _refuse_other_space(folder: Path, space: Space, given: Space) -> None:
    if given.source.space != space.source.space:
        raise DataError(f"{folder}: found a sweep of another space than {given.source.space_file}, allowed is the same")
    if without_paths(given.base) != without_paths(space.base):
        raise DataError(f"{folder}: found a sweep of another scenario than {given.source.file}, allowed is the same")
