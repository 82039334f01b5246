"""Trains several seeds of a scenario side by side, and goes on with them: one run directory a seed in one folder, and one table."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from spinn2sim.errors import ScenarioError, Spinn2simError
from spinn2sim.files import atomic
from spinn2sim.hardware.engines.choice import EMULATED, ENGINES
from spinn2sim.scenario.given import ScenarioLike
from spinn2sim.scenario.load import load, load_text
from spinn2sim.scenario.overrides import Overrides, as_mapping
from spinn2sim.scenario.resolved import resolved_toml
from spinn2sim.trace import run_directory
from spinn2sim.training.input_digests import described, find_inputs
from spinn2sim.training.interrupts import hold_interrupts
from spinn2sim.training.job_loop import ATTEMPTS, JobLoop, in_one_line
from spinn2sim.training.run_inputs import load_run_inputs
from spinn2sim.training.several_seeds.seed_job import SeedJob, SeedOutcome, run_seed, seed_folder
from spinn2sim.training.several_seeds.seed_messages import hearing
from spinn2sim.training.several_seeds.seed_table import seed_table, write_table
from spinn2sim.training.several_seeds.seeds_file import SeedsFile, read_seeds_file, write_seeds_file
from spinn2sim.training.several_seeds.seeds_reporter import SeedsReporter
from spinn2sim.training.start import EPOCHS, Command, make_trainer, refuse_other_keys
from spinn2sim.training.workers import core_count, make_workers

# After Ctrl-C, so long the processes may take to end their runs; the command line ends itself a second later.
ENDING_S = 2.0
DOING = "running"


@dataclass(frozen=True)
class How:
    """How the seeds are trained; without a number of processes there is one for each core, or for each seed if these are fewer."""

    processes: int | None = None
    reporter: SeedsReporter = field(default_factory=SeedsReporter)
    engine: str = ENGINES[0]


def start_seeds(
    scenario: ScenarioLike,
    seeds: tuple[int, ...],
    command: Command,
    out: Path | str | None,
    overrides: Overrides,
    how: How,
) -> Path:
    """Train all seeds and return their folder: `out`, or by default runs/NAME-seeds-N.

    Raises Spinn2simError subclasses before anything is written; later, what ends one seed is in the table.
    """
    if "seed" in as_mapping(overrides):
        raise ScenarioError("seed: found a value for it beside --seeds, allowed is one of them")
    run_directory.refuse_used(out)
    base = load(scenario, overrides)
    command = "run emulated" if command == "run" and how.engine == EMULATED else command
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # each seed gives the same ones
        inputs = load_run_inputs(base, {"seed": seeds[0]})
        make_trainer(inputs, command, how.engine)
    with run_directory.new_folder(f"{base.name}-seeds", out, before=()) as folder:
        files = described(base, inputs.digests, folder)
        asked = SeedsFile(command, list(seeds), resolved_toml(base), files)
        write_seeds_file(folder, asked)
        _SeedRuns(folder, asked, how).run()
        return folder


def resume_seeds(folder: Path, overrides: Overrides, how: How) -> Path:
    """Go on with all seeds that are not complete, those that failed too; with training.epochs in `overrides` with every seed.

    Raises Spinn2simError subclasses before anything is written.
    """
    changes = as_mapping(overrides)
    refuse_other_keys(changes)
    read_seeds_file(folder)  # refuses a folder of anything else before it is locked
    with atomic.locked(folder, DOING):
        asked = read_seeds_file(folder)
        base = load_text(asked.scenario, changes, str(folder / run_directory.SEEDS))
        if EPOCHS in changes:
            _refuse_fewer(folder, asked, base.training.epochs)
        moved = find_inputs(folder, base, asked.inputs)
        now = replace(asked, scenario=resolved_toml(load_text(resolved_toml(base), moved)))
        if now != asked:
            write_seeds_file(folder, now)
        _SeedRuns(folder, now, how, {EPOCHS: changes[EPOCHS]} if EPOCHS in changes else {}).run()
    return folder


def _refuse_fewer(folder: Path, asked: SeedsFile, epochs: int) -> None:
    for seed in asked.seeds:
        run = seed_folder(folder, seed)
        lines = run_directory.read_metrics(run) if run_directory.is_run(run) else []
        if lines and lines[-1]["epoch"] > epochs:
            raise ScenarioError(
                f"{EPOCHS}: found {epochs}, seed {seed} has run {lines[-1]['epoch']}, allowed is no fewer"
            )


@dataclass
class _SeedRuns:
    """The side of the job loop that says which seed comes next, and how each ended."""

    folder: Path
    asked: SeedsFile
    how: How
    overrides: dict[str, object] = field(default_factory=dict)
    outcomes: dict[int, SeedOutcome] = field(default_factory=dict)

    def run(self) -> None:
        """Run the seeds that are left and write the table, after an interruption too."""
        scenario = load_text(self.asked.scenario)
        processes = min(self.how.processes or core_count(), len(self.asked.seeds))
        self._begin(processes, scenario.training.epochs + 1)
        jobs = iter([self._job(seed, processes > 1) for seed in self.asked.seeds])
        workers = make_workers(processes, hearing(self.how.reporter))

        def next_job() -> SeedJob | None:
            interrupted = any(outcome.status == "interrupted" for outcome in self.outcomes.values())
            return None if interrupted else next(jobs, None)

        loop = JobLoop(workers, run_seed, next_job, self._keep, self._give_up, self.how.reporter.warn)
        try:
            whole = loop.run()
            with hold_interrupts(pass_on=False):  # a second Ctrl-C must not leave the table unwritten
                if not whole:
                    workers.ask_to_stop()
                    loop.let_end(ENDING_S)
        finally:
            workers.close()
        with hold_interrupts(pass_on=False):
            write_table(self.folder, self._table(scenario.training.keep))

    def _begin(self, processes: int, epochs: int) -> None:
        seeds = tuple(self.asked.seeds)
        self.how.reporter.begin(seeds, processes, sum(map(self._epochs_done, seeds)), epochs * len(seeds))

    def _epochs_done(self, seed: int) -> int:
        try:
            return len(run_directory.read_metrics(seed_folder(self.folder, seed)))
        except Spinn2simError:
            return 0

    def _job(self, seed: int, apart: bool) -> SeedJob:
        asked, run = self.asked, seed_folder(self.folder, seed)
        return SeedJob(seed, run, asked.scenario, asked.command, self.how.engine, self.overrides, apart)

    def _keep(self, job: SeedJob, outcome: SeedOutcome) -> None:
        self.outcomes[job.seed] = outcome

    def _give_up(self, job: SeedJob, error: Exception) -> SeedOutcome:
        reason = f"the machine ended it {ATTEMPTS} times ({in_one_line(error)})"
        self.how.reporter.ended(job.seed, "failed", reason)
        return SeedOutcome("failed", reason)

    def _table(self, keep: str) -> dict[str, Any]:
        return seed_table(self.folder, self.asked.command, self.asked.seeds, keep, self.outcomes)
