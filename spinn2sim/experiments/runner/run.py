"""An experiment from its name to its directory: refuse early, run what is left, write what it says; it computes nothing."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from pathlib import Path

from spinn2sim.errors import DataError
from spinn2sim.experiments.runner import folder as files
from spinn2sim.experiments.runner.catalogue import find_experiment
from spinn2sim.experiments.runner.outcome import Reproduction, head_of, write_interrupted, write_outcome
from spinn2sim.experiments.runner.protocol import Experiment, FinishedJob, Options
from spinn2sim.experiments.runner.work import ExperimentReporter, Work
from spinn2sim.files import atomic
from spinn2sim.trace.run_directory import new_folder
from spinn2sim.training.workers import make_workers


def reproduce(
    name: str | None = None, out: Path | str | None = None, seeds: Sequence[int] = (), quick: bool = False,
    data: Path | str | None = None, sigma: float | None = None, workers: int = 1, resume: Path | str | None = None,
    reporter: ExperimentReporter | None = None,
) -> Reproduction:  # fmt: skip
    """Run the experiment `name`, or go on with a directory (`resume`), whose options are taken.

    Returns what is in the directory: summary.json, table.csv, figures. Raises Spinn2simError subclasses before anything is written.
    """
    reporter = reporter or ExperimentReporter()
    if resume is None:
        experiment = find_experiment(_needed(name))
        options = _options(experiment, tuple(seeds), quick, data, sigma)
    else:
        held, options = files.asked(Path(resume))
        if name not in (None, held):
            raise DataError(f"{resume}: found the experiment {held}, allowed is no other name beside it")
        experiment = find_experiment(held)
    jobs = tuple(experiment.jobs(options))
    folder = new_folder(f"reproduce-{experiment.name}", out) if resume is None else Path(resume)
    with atomic.locked(folder, "reproducing"):
        known = files.finished(folder, jobs)
        came = files.begin(folder, experiment, options) if resume is None else files.go_on(folder)
        start = time.perf_counter()
        work = Work(experiment, jobs, folder, make_workers(workers, None, reporter.say), reporter, known)
        done = _results(work)
        head = head_of(experiment, options, came)
        head["jobs"] = {"all": len(jobs), "done": len(work.done), "seconds": sum(k.seconds for k in work.done.values())}
        head["wall_s"] = round(time.perf_counter() - start, 3)  # of this process; jobs.seconds has all
        return (
            write_interrupted(folder, head) if done is None else write_outcome(folder, experiment, options, done, head)
        )


def _results(work: Work) -> list[FinishedJob] | None:
    """All results, None after Ctrl-C."""
    try:
        return work.go()
    except KeyboardInterrupt:
        return None
    finally:
        work.workers.close()


def _needed(name: str | None) -> str:
    if name is None:
        raise DataError("reproduce: found no name, allowed is one, or resume = an experiment's directory")
    return name


def _options(
    experiment: Experiment, seeds: tuple[int, ...], quick: bool, data: Path | str | None, sigma: float | None
) -> Options:
    """Raises DataError for what the experiment does not take."""
    if seeds and not experiment.seeds:
        raise DataError(f"{experiment.name}: found --seeds, allowed is none: nothing in it is drawn")
    if len(set(seeds)) < len(seeds) or any(seed < 0 for seed in seeds):
        raise DataError(f"{experiment.name}: --seeds: found {list(seeds)}, allowed are unlike numbers from 0 on")
    if data is not None and not experiment.data:
        raise DataError(f"{experiment.name}: found --data, allowed is none: it needs no files")
    if data is not None and not Path(data).is_dir():
        raise DataError(f"{data}: found no folder, allowed is {experiment.data}")
    if sigma is not None and not experiment.mismatched:
        raise DataError(f"{experiment.name}: found --sigma, allowed is none: it has no mismatch to set")
    if sigma is not None and not 0.0 <= sigma < math.inf:
        raise DataError(f"{experiment.name}: --sigma: found {sigma}, allowed is 0 or above (0.05 is 5 %)")
    taken = seeds or (experiment.seeds[:1] if quick else experiment.seeds)
    return Options(taken, quick, None if data is None else Path(data).resolve(), sigma)
