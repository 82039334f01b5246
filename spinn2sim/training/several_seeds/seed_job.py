"""Trains one seed in a worker: a run directory as a run with this seed alone writes it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from spinn2sim.errors import Spinn2simError
from spinn2sim.scenario.load import load_text
from spinn2sim.trace import run_directory
from spinn2sim.training.job_loop import MACHINE_TROUBLE, in_one_line
from spinn2sim.training.run_inputs import load_run_inputs
from spinn2sim.training.several_seeds.seed_messages import SeedProgress, tell_end, telling_warnings
from spinn2sim.training.start import Command, resume_run, start_run
from spinn2sim.training.workers import stop_asked

Status = Literal["complete", "interrupted", "failed"]


@dataclass(frozen=True)
class SeedJob:
    """What a worker needs to train a seed, or to go on with it."""

    seed: int
    # The run directory.
    folder: Path
    # The resolved scenario, as TOML, of a seed that has not begun.
    scenario: str
    command: Command
    engine: str
    # How many epochs a run that has begun shall have: no more keys than training.epochs.
    overrides: Mapping[str, object]
    # Whether it runs in a process of its own, whose warnings are told to the one that began it.
    apart: bool

    def __str__(self) -> str:
        return f"seed {self.seed}"


@dataclass(frozen=True)
class SeedOutcome:
    """How a seed ended; the reason is one line."""

    status: Status
    reason: str = ""


def seed_folder(folder: Path, seed: int) -> Path:
    """Return the run directory of a seed in the folder of all."""
    return folder / f"seed-{seed}"


def run_seed(job: SeedJob) -> SeedOutcome:
    """Train a seed. What refuses or ends this seed alone is its outcome; failures of the machine are raised, for another attempt."""
    if stop_asked():
        return SeedOutcome("interrupted")
    with telling_warnings(job.seed) if job.apart else nullcontext():
        outcome = _outcome(job)
        tell_end(job.seed, outcome.status, outcome.reason)
        return outcome


def _outcome(job: SeedJob) -> SeedOutcome:
    try:
        _train(job)
        complete = run_directory.read_summary(job.folder)["status"] == "complete"
    except Spinn2simError as error:
        return SeedOutcome("failed", in_one_line(error))
    except MACHINE_TROUBLE:
        raise
    except Exception as error:
        return SeedOutcome("failed", f"{type(error).__name__}: {in_one_line(error)}")
    return SeedOutcome("complete" if complete else "interrupted")


def _train(job: SeedJob) -> None:
    progress = SeedProgress(job.seed)
    if run_directory.is_run(job.folder):
        resume_run(job.folder, progress, job.engine, job.overrides)
        return
    scenario = load_text(job.scenario, {"seed": job.seed})
    start_run(load_run_inputs(scenario, (), job.folder), job.command, job.folder, progress, job.engine)
