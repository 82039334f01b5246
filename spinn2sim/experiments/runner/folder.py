"""An experiment's directory: what was asked, and a file for each finished job, whole or not there; it judges nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import firmware_models
import spinn2sim
from spinn2sim.errors import DataError
from spinn2sim.experiments.runner.protocol import Experiment, FinishedJob, Job, Options
from spinn2sim.files import atomic
from spinn2sim.training.provenance import now, provenance

ASKED, JOBS = "experiment.json", "jobs"


def begin(folder: Path, experiment: Experiment, options: Options) -> dict[str, Any]:
    """Write down what was asked; returns the provenance."""
    came = provenance((*options.seeds, 0)[0], f"reproduce {experiment.name}", now())
    with atomic.refusing(folder):
        (folder / JOBS).mkdir()
    atomic.write_json(folder / ASKED, {"experiment": experiment.name, "options": asdict(options), "provenance": came})
    return came


def asked(folder: Path) -> tuple[str, Options]:
    """Name and options of a directory that was begun. Raises DataError when it is none."""
    if not (folder / ASKED).is_file():
        raise DataError(f"{folder}: found no {ASKED} in it, allowed is the directory of an experiment")
    held = atomic.read_json(folder / ASKED)
    try:
        options, data = held["options"], held["options"]["data"]
        seeds = tuple(int(seed) for seed in options["seeds"])
        sigma = None if options["sigma"] is None else float(options["sigma"])
        taken = Options(seeds, bool(options["quick"]), None if data is None else Path(data), sigma)
        return str(held["experiment"]), taken
    except (KeyError, TypeError, ValueError):
        raise DataError(f"{folder / ASKED}: found no options of an experiment in it") from None


def go_on(folder: Path) -> dict[str, Any]:
    """Note in the directory that it is resumed; returns the provenance, of this program and with the first start."""
    held = atomic.read_json(folder / ASKED)
    before = held["provenance"] if isinstance(held.get("provenance"), dict) else {}
    resumed = [*before.get("resumed", ()), now()]
    came = provenance(before.get("seed", 0), str(before.get("command")), str(before.get("start")), None, resumed)
    atomic.write_json(folder / ASKED, {**held, "provenance": came})
    return came


def keep(folder: Path, number: int, done: FinishedJob) -> FinishedJob:
    """Write a finished job, on the disk when this returns; returns it as reading it back would."""
    atomic.write_json(_file(folder, number), {**asdict(done), "sources": sources()})
    return FinishedJob(done.job, atomic.plain(done.result), done.seconds)


def finished(folder: Path, jobs: Sequence[Job]) -> dict[int, FinishedJob]:
    """What is finished of `jobs`, by number. Raises DataError for a file of another job, or a spoilt one."""
    return {k: _read(_file(folder, k), job) for k, job in enumerate(jobs) if _file(folder, k).exists()}


@cache
def sources() -> str:
    """A digest of the program that runs jobs: results of two programs never stand in one table."""
    digest = hashlib.sha256()
    for package in (spinn2sim, firmware_models):
        root = Path(str(package.__file__)).parent
        for path in sorted(root.rglob("*.py")):
            digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _file(folder: Path, number: int) -> Path:
    return folder / JOBS / f"{number:04d}.json"


def _read(file: Path, job: Job) -> FinishedJob:
    held = atomic.read_json(file)
    if held.get("job") != atomic.plain(asdict(job)):
        raise DataError(f"{file}: found another job than {job}, allowed is a directory that this version began")
    result, seconds = held.get("result"), held.get("seconds")
    if not isinstance(result, dict) or not isinstance(seconds, int | float):
        raise DataError(f"{file}: found no result of a job in it; without the file the job is done again")
    if held.get("sources") != sources():
        raise DataError(f"{file}: was made by other sources of spinn2sim; without the file the job is done again")
    return FinishedJob(job, result, float(seconds))
