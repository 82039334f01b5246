"""The directory of an experiment: the options it was begun with, and one file per finished job, written as a whole."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from spinn2sim.errors import DataError
from spinn2sim.experiments.runner.protocol import Experiment, FinishedJob, Job, Options
from spinn2sim.files import atomic
from spinn2sim.training.input_digests import content_digest
from spinn2sim.training.provenance import now, provenance

EXPERIMENT, JOBS = "experiment.json", "jobs"
DATA = "--data"  # the key of the data folder among the recorded inputs
# The packages whose sources determine the results.
PACKAGES = ("spinn2sim", "firmware_models")


def begin(folder: Path, experiment: Experiment, options: Options) -> dict[str, Any]:
    """Write the experiment and its options into its directory, and return the provenance."""
    inputs = {} if options.data is None else {DATA: {"path": str(options.data), "sha256": content_digest(options.data)}}
    origin = provenance((*options.seeds, 0)[0], f"reproduce {experiment.name}", now(), inputs=inputs)
    data = {"experiment": experiment.name, "options": asdict(options), "provenance": origin}
    atomic.write_json(folder / EXPERIMENT, data)
    atomic.make_folder(folder / JOBS)
    return origin


def saved_options(folder: Path) -> tuple[str, Options]:
    """Read the name and the options of the experiment in a directory. Raises DataError if it is not an experiment's directory."""
    file = folder / EXPERIMENT
    if not file.is_file():
        raise DataError(f"{folder}: found no {EXPERIMENT} in it, allowed is the directory of an experiment")
    saved = atomic.read_json(file)
    try:
        options, data = saved["options"], saved["options"]["data"]
        seeds = tuple(int(seed) for seed in options["seeds"])
        sigma = None if options["sigma"] is None else float(options["sigma"])
        quick = bool(options["quick"])
        return str(saved["experiment"]), Options(seeds, quick, None if data is None else Path(data), sigma)
    except (KeyError, TypeError, ValueError):
        raise DataError(f"{file}: found no options of an experiment in it") from None


def note_resumption(folder: Path, options: Options) -> dict[str, Any]:
    """Record in the directory that it is resumed, and return the provenance of this program, with the time of the first start.

    Raises DataError, which gives both digests, if the data are not those that it was begun with.
    """
    saved = atomic.read_json(folder / EXPERIMENT)
    before = saved["provenance"] if isinstance(saved.get("provenance"), dict) else {}
    inputs: Any = before.get("inputs")
    entry = inputs.get(DATA) if isinstance(inputs, dict) else None
    if isinstance(entry, dict) and options.data is not None:
        found = content_digest(options.data)
        if found != entry.get("sha256"):
            raise DataError(f"{options.data}: found SHA-256 {found}, the experiment began with {entry.get('sha256')}")
    origin = provenance(before.get("seed", 0), str(before.get("command")), now(), before=before, inputs=inputs)
    atomic.make_folder(folder / JOBS)
    atomic.write_json(folder / EXPERIMENT, {**saved, "provenance": origin})
    return origin


def store(folder: Path, number: int, finished: FinishedJob) -> FinishedJob:
    """Write a finished job, which is on the disk when this returns, and return it as it would be read back."""
    atomic.write_json(_file(folder, number), {**asdict(finished), "sources": sources_digest()})
    return FinishedJob(finished.job, atomic.as_json(finished.result), finished.seconds)


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
    if saved.get("job") != atomic.as_json(asdict(job)):
        raise DataError(f"{file}: found another job than {job}, allowed is a directory that this version began")
    result, seconds = saved.get("result"), saved.get("seconds")
    if not isinstance(result, dict) or not isinstance(seconds, int | float):
        raise DataError(f"{file}: found no result of a job in it; without the file the job is done again")
    if saved.get("sources") != sources_digest():
        raise DataError(f"{file}: was made by other sources of spinn2sim; without the file the job is done again")
    return FinishedJob(job, result, float(seconds))
