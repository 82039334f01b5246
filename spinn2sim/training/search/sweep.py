"""Begins a sweep from a scenario and a space, or resumes one from its directory, and writes the result there."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from spinn2sim.errors import DataError, OutputError, Spinn2simError
from spinn2sim.files import atomic
from spinn2sim.scenario.given import ScenarioLike, need_scenario_like
from spinn2sim.scenario.load import load, read_text
from spinn2sim.scenario.overrides import Overrides, as_mapping
from spinn2sim.scenario.resolved import resolved_toml
from spinn2sim.scenario.shipped import SPACE, find_shipped
from spinn2sim.trace import run_directory
from spinn2sim.trace.manifest import Manifest, read_manifest
from spinn2sim.training.interrupts import hold_interrupts
from spinn2sim.training.job_loop import ATTEMPTS, JobLoop, in_one_line
from spinn2sim.training.search import journal
from spinn2sim.training.search.fresh_seeds import train_fresh
from spinn2sim.training.search.space import SweepSource, read_space
from spinn2sim.training.search.sweep_directory import BEFORE_SCENARIO, begin_directory, resume_directory
from spinn2sim.training.search.sweep_reporter import SweepReporter
from spinn2sim.training.search.sweep_result import SweepResult, pareto_front, write_result
from spinn2sim.training.search.trial import TrialJob, TrialResult, run_trial
from spinn2sim.training.search.trial_log import Trial, TrialLog
from spinn2sim.training.search.vouched_sweep import VouchedSweep
from spinn2sim.training.workers import Workers, make_workers

DOING = "sweeping"


def sweep(
    scenario: ScenarioLike | None = None,
    space: Path | str | None = None,
    out: Path | str | None = None,
    overrides: Overrides = (),
    trials: int | None = None,
    workers: int | str = 1,
    resume: Path | str | None = None,
    reporter: SweepReporter | None = None,
) -> SweepResult:
    """Search a space of hyper-parameters for a scenario, or continue the sweep in the directory `resume`.

    `workers` is a number of processes, or the address of a Dask scheduler. The result names the directory and holds its sweep.json.
    Raises Spinn2simError subclasses before anything is written.
    """
    journal.need_optuna()
    given = _read_source(scenario, space, overrides) if scenario is not None and space is not None else None
    if resume is None:
        if given is None:
            raise DataError("sweep: found no scenario and space, allowed is both, or resume = a sweep's directory")
        searched = read_space(given)
        pool = make_workers(workers)
    else:
        journal.need_sweep(Path(resume))
        pool = make_workers(workers)
    try:
        with (
            run_directory.new_folder(f"{searched.base.name}-sweep", out, doing=DOING, before=BEFORE_SCENARIO)
            if resume is None
            else atomic.locked_folder(Path(resume), DOING)
        ) as folder:
            log = begin_directory(folder, searched) if resume is None else resume_directory(folder, given)
            if trials is not None:
                log.set_trial_count(trials)
            told = reporter or SweepReporter()
            return confirm_best(run_trials(log, folder, pool, told), log, pool, told)
    finally:
        pool.close()


def _read_source(scenario: ScenarioLike, space: Path | str, overrides: Overrides) -> SweepSource:
    need_scenario_like(scenario)
    space_file = find_shipped(space, SPACE)
    if not isinstance(scenario, Path | str):
        text, here = resolved_toml(load(scenario)), str(Path.cwd())
        return SweepSource(text, "scenario", here, as_mapping(overrides), read_text(space_file), str(space_file))
    file = find_shipped(scenario)
    folder, changes = str(file.resolve().parent), as_mapping(overrides)
    return SweepSource(read_text(file), str(file), folder, changes, read_text(space_file), str(space_file))


def run_trials(log: TrialLog, folder: Path, workers: Workers, reporter: SweepReporter) -> SweepResult:
    """Run the remaining trials and write the result. After an interruption the result is that of the finished trials."""
    reporter.begin(log.space, len(log.finished), log.trial_count)
    vouched = VouchedSweep(folder)
    search = _Search(log, reporter, log.unfinished, vouched)
    whole = JobLoop(workers, run_trial, search.next_job, search.keep, search.give_up, reporter.warn).run()
    status = "interrupted" if not whole else "incomplete" if search.left else "complete"
    with hold_interrupts(pass_on=False):  # a second Ctrl-C must not leave the result unwritten
        log.close()
        result, written = write_result(folder, log, status)
        vouched.take_end(written)
        return result


def confirm_best(result: SweepResult, log: TrialLog, workers: Workers, reporter: SweepReporter) -> SweepResult:
    """Train the best settings of a complete sweep with fresh seeds, and add to sweep.json what came out; after Ctrl-C nothing."""
    front = pareto_front(log.space, log.finished)
    if not result.complete or not front or not log.space.settings.fresh_seeds:
        return result
    reporter.fresh(log.space, front[0])
    fresh = train_fresh(log.space, front[0], workers, reporter.warn)
    if fresh is None:
        return result
    data = atomic.as_json({**result.data, "fresh": fresh.as_data()})
    manifest = read_manifest(result.folder) or Manifest(result.folder)
    with hold_interrupts(pass_on=False):
        manifest.write_announced(result.folder / run_directory.SWEEP_RESULT, json.dumps(data, indent=2) + "\n")
        manifest.settle()
        manifest.write()
    return SweepResult(result.folder, data)


@dataclass(frozen=True)
class _Search:
    """The sweep's side of the job loop: which trial comes next, and where its result goes."""

    log: TrialLog
    reporter: SweepReporter
    # Trials that were drawn before an interruption and have no result.
    waiting: list[Trial]
    vouched: VouchedSweep
    # The numbers of the trials that were given up.
    left: list[int] = field(default_factory=list)

    def next_job(self) -> TrialJob | None:
        """Return the job of the next trial whose drawn values the scenario accepts, or None while no trial can be drawn."""
        while self.waiting or self.log.can_draw():
            trial = self.waiting.pop(0) if self.waiting else self.log.draw()
            try:
                return self.log.make_job(trial)
            except Spinn2simError as error:
                self._record(trial, TrialResult.refused(error))
        return None

    def keep(self, job: TrialJob, result: TrialResult) -> None:
        """Record the result of a trial."""
        self._record(self.log.trials[job.number], result)

    def give_up(self, job: TrialJob, error: Exception) -> None:
        """Leave a trial without a result after ATTEMPTS failures of the machine, for --resume to run again.

        Raises OutputError if a second trial fails so and none was finished.
        """
        self.left.append(job.number)
        reason = f"the machine ended it {ATTEMPTS} times ({in_one_line(error)})"
        if len(self.left) > 1 and not self.log.finished:
            raise OutputError(
                f"sweep: trials {self.left[0]} and {job.number}: {reason}, and no trial was finished: a program that calls sweep with "
                "workers > 1 needs `if __name__ == '__main__':`, and each worker its memory; go on with --resume"
            )
        self.reporter.warn(f"{job}: {reason}; it is left open for --resume")

    def _record(self, trial: Trial, result: TrialResult) -> None:
        self.log.record(trial, result)
        self.vouched.take_journal()
        self.reporter.trial(self.log.space, trial, len(self.log.finished), self.log.trial_count)
