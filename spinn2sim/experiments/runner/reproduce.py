"""Reproduces an experiment: checks the options, runs the remaining jobs, and writes the results."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from spinn2sim.errors import DataError, Spinn2simError
from spinn2sim.experiments.runner import result_store
from spinn2sim.experiments.runner.catalogue import find_experiment
from spinn2sim.experiments.runner.experiment_jobs import ExperimentJobs
from spinn2sim.experiments.runner.experiment_reporter import ExperimentReporter
from spinn2sim.experiments.runner.protocol import Experiment, Options
from spinn2sim.experiments.runner.reproduction import Reproduction, summary_head, write_complete, write_interrupted
from spinn2sim.files import atomic
from spinn2sim.trace.run_directory import new_folder
from spinn2sim.training.interrupts import hold_interrupts
from spinn2sim.training.workers import make_workers

DOING = "reproducing"


def reproduce(
    name: str | None = None,
    out: Path | str | None = None,
    options: Options | None = None,
    workers: int = 1,
    resume: Path | str | None = None,
    reporter: ExperimentReporter | None = None,
) -> Reproduction:
    """Run the experiment `name`, or resume the one in the directory `resume`, with the options that it was begun with.

    The result names the directory and holds its summary.json. Raises Spinn2simError subclasses before anything is written.
    """
    reporter = reporter or ExperimentReporter()
    if resume is None:
        if name is None:
            raise DataError("reproduce: found no name, allowed is one, or resume = an experiment's directory")
        experiment = find_experiment(name)
        options = _check_options(experiment, options or Options())
    else:
        saved_name, options = result_store.saved_options(Path(resume))
        if name not in (None, saved_name):
            raise DataError(f"{resume}: found the experiment {saved_name}, allowed is no other name beside it")
        experiment = find_experiment(saved_name)
        options = _check_options(experiment, options)
    jobs = tuple(experiment.jobs(options))
    with (
        new_folder(f"reproduce-{experiment.name}", out, doing=DOING)
        if resume is None
        else atomic.locked_folder(Path(resume), DOING)
    ) as folder:
        finished = result_store.finished_jobs(folder, jobs)
        if resume is None:
            origin = result_store.begin(folder, experiment, options)
        else:
            origin = result_store.note_resumption(folder, options)
        were_read = bool(finished)
        start = time.perf_counter()
        pool = make_workers(workers, reporter.say)
        try:
            results = ExperimentJobs(experiment, jobs, folder, reporter, finished).run(pool)
        finally:
            pool.close()
        head = summary_head(experiment, options, origin)
        head["jobs"] = {"all": len(jobs), "done": len(finished), "seconds": sum(k.seconds for k in finished.values())}
        # The time of this process; jobs.seconds is the time of all.
        head["wall_s"] = round(time.perf_counter() - start, 3)
        with hold_interrupts(pass_on=False):  # a second Ctrl-C must not leave the summary unwritten
            with _refusing_results(folder, were_read):
                done = (
                    write_interrupted(folder, head)
                    if results is None
                    else write_complete(folder, experiment, options, results, head)
                )
            result_store.take_end(folder, [folder / name for name in done.files])
            return done


@contextmanager
def _refusing_results(folder: Path, were_read: bool) -> Iterator[None]:
    """Raise DataError if results that were read from files cannot be put together; those of this process cannot be wrong in this way."""
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        if not were_read or isinstance(error, Spinn2simError):
            raise
        reason = f"{type(error).__name__}: {error}"[:120]
        raise DataError(
            f"{folder / result_store.JOBS}: found results that cannot be put together ({reason}); "
            "without these files the jobs are done again"
        ) from None


def _check_options(experiment: Experiment, options: Options) -> Options:
    """Check the options, and add the experiment's own seeds if none are given. Raises DataError for what it does not take."""
    seeds, data, sigma = options.seeds, options.data, options.sigma
    if seeds and not experiment.seeds:
        raise DataError(f"{experiment.name}: found --seeds, allowed is none: nothing in it is drawn")
    if len(set(seeds)) < len(seeds) or any(seed < 0 for seed in seeds):
        raise DataError(f"{experiment.name}: --seeds: found {list(seeds)}, allowed are unlike numbers from 0 on")
    if data is not None and not experiment.data:
        raise DataError(f"{experiment.name}: found --data, allowed is none: it needs no files")
    if data is not None and not data.is_dir():
        raise DataError(f"{data}: found no folder, allowed is {experiment.data}")
    if sigma is not None and not experiment.mismatched:
        raise DataError(f"{experiment.name}: found --sigma, allowed is none: it has no mismatch to set")
    if sigma is not None and not 0.0 <= sigma < math.inf:
        raise DataError(f"{experiment.name}: --sigma: found {sigma}, allowed is 0 or above (0.05 is 5 %)")
    seeds = seeds or (experiment.seeds[:1] if options.quick else experiment.seeds)
    return replace(options, seeds=seeds, data=None if data is None else data.resolve())
