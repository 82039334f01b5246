"""The directory of an experiment: the options it was begun with, and one file per finished job, written as a whole."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from spinn2sim.errors import DataError
from spinn2sim.experiments.runner.protocol import Experiment, FinishedJob, Job, Options
from spinn2sim.experiments.runner.saved_experiment import read_experiment
from spinn2sim.files import atomic
from spinn2sim.trace.manifest import Manifest, read_manifest, refuse_problems
from spinn2sim.trace.run_directory import EXPERIMENT as EXPERIMENT
from spinn2sim.training.input_digests import content_digest
from spinn2sim.training.provenance import now, provenance

JOBS = "jobs"
DATA = "--data"  # the key of the data folder among the recorded inputs
# The packages whose sources determine the results.
PACKAGES = ("spinn2sim", "firmware_models")


def begin(folder: Path, experiment: Experiment, options: Options) -> dict[str, Any]:
    """Write the experiment and its options into its directory, and return the provenance."""
    digest = "" if options.data is None else content_digest(options.data)
    inputs = _described(folder, options, digest)
    origin = provenance((*options.seeds, 0)[0], f"reproduce {experiment.name}", now(), inputs=inputs)
    data = {"experiment": experiment.name, "options": asdict(options), "provenance": origin}
    atomic.make_folder(folder)
    Manifest(folder).write_announced(folder / EXPERIMENT, _as_text(data))
    return origin


def saved_options(folder: Path) -> tuple[str, Options]:
    """Read the name and the options of the experiment in a directory. Raises DataError if it is not an experiment's directory.

    Data that are no longer where they were are looked for where they lay as seen from the directory.
    """
    file = folder / EXPERIMENT
    if not file.is_file():
        raise DataError(f"{folder}: found no {EXPERIMENT} in it, allowed is the directory of an experiment")
    name, options, origin = read_experiment(file)
    entry = origin.get("inputs", {}).get(DATA, {})
    if options.data is not None and not options.data.exists() and "relative" in entry:
        moved = Path(os.path.normpath(folder.absolute() / entry["relative"]))
        options = replace(options, data=moved if moved.exists() else options.data)
    return name, options


def note_resumption(folder: Path, options: Options) -> dict[str, Any]:
    """Record in the directory that it is resumed, and return the provenance of this program, with the time of the first start.

    Raises DataError, which gives both digests, if the data are not those that it was begun with, and OutputError, before anything is
    written, if a file of the directory is not as it was written.
    """
    name, _, before = read_experiment(folder / EXPERIMENT)
    inputs = before.get("inputs", {})
    if DATA in inputs and options.data is not None:
        found, wanted = content_digest(options.data), inputs[DATA].get("sha256")
        if found != wanted:
            raise DataError(f"{options.data}: found SHA-256 {found}, the experiment began with {wanted}")
        inputs = _described(folder, options, found)
    manifest = read_manifest(folder) or Manifest(folder)
    refuse_problems(manifest.problems(name for name in manifest.files if name != EXPERIMENT))
    manifest.forget(
        [folder / name for name in manifest.files if name != EXPERIMENT and not name.startswith(f"{JOBS}/")]
    )
    origin = provenance(before.get("seed", 0), before["command"], now(), before=before, inputs=inputs)
    data = {"experiment": name, "options": asdict(options), "provenance": origin}
    manifest.write_announced(folder / EXPERIMENT, _as_text(data))
    return origin


def store(folder: Path, number: int, finished: FinishedJob) -> FinishedJob:
    """Write a finished job, which is on the disk when this returns, and return it as it would be read back."""
    atomic.make_folder(folder / JOBS)
    manifest = read_manifest(folder) or Manifest(folder)
    manifest.write_announced(_file(folder, number), _as_text({**asdict(finished), "sources": sources_digest()}))
    return FinishedJob(finished.job, atomic.as_json(finished.result), finished.seconds)


def take_end(folder: Path, written: Iterable[Path]) -> None:
    """Add the files that the end of an experiment has written to the manifest."""
    manifest = read_manifest(folder) or Manifest(folder)
    manifest.settle()
    manifest.record(written)
    manifest.write()


def _described(folder: Path, options: Options, digest: str) -> dict[str, dict[str, str]]:
    if options.data is None:
        return {}
    relative = os.path.relpath(options.data, folder.absolute())
    return {DATA: {"path": str(options.data), "relative": relative, "sha256": digest}}


def _as_text(data: Mapping[str, object]) -> str:
    return json.dumps(atomic.as_json(data), indent=2) + "\n"


def finished_jobs(folder: Path, jobs: Sequence[Job]) -> dict[int, FinishedJob]:
    """Read the results of those `jobs` that are finished, by number. Raises DataError for a damaged file, or that of another job."""
    return {k: _read(_file(folder, k), job) for k, job in enumerate(jobs) if _file(folder, k).exists()}


@cache
def sources_digest() -> str:
    """Compute a digest of the program that runs the jobs, by which results of two versions are kept out of one table."""
    digest = hashlib.sha256()
    for package in PACKAGES:
        root = Path(str(import_module(package).__file__)).parent
        for path in sorted(root.rglob("*.py")):
            digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _file(folder: Path, number: int) -> Path:
    return folder / JOBS / f"{number:04d}.json"


def _read(file: Path, job: Job) -> FinishedJob:
    saved = atomic.read_json(file)
    if _without_place(saved.get("job")) != _without_place(atomic.as_json(asdict(job))):
        raise DataError(f"{file}: found another job than {job}, allowed is a directory that this version began")
    result, seconds = saved.get("result"), saved.get("seconds")
    if not isinstance(result, dict) or isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise DataError(f"{file}: found no result of a job in it; without the file the job is done again")
    if saved.get("sources") != sources_digest():
        raise DataError(f"{file}: was made by other sources of spinn2sim; without the file the job is done again")
    return FinishedJob(job, result, float(seconds))


def _without_place(job: Any) -> Any:
    """Leave out of a job where its data are, since their content counts."""
    settings = job.get("settings") if isinstance(job, dict) else None
    if not isinstance(settings, dict):
        return job
    return {**job, "settings": {key: value for key, value in settings.items() if key != "data"}}
