"""A sweep from its files to its directory: draw, run, write down, until all trials are done; it computes no figure itself."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spinn2sim.errors import DataError, OutputError, Spinn2simError
from spinn2sim.files import atomic
from spinn2sim.scenario.load import read_text
from spinn2sim.scenario.overrides import Overrides, as_mapping
from spinn2sim.scenario.resolved import resolved_toml
from spinn2sim.trace import run_directory
from spinn2sim.training.provenance import now, provenance
from spinn2sim.training.reporter import Reporter
from spinn2sim.training.search import journal
from spinn2sim.training.search.outcome import Sweep, write_outcome
from spinn2sim.training.search.space import Source, Space, read_space
from spinn2sim.training.search.trial import Job, Result, run_trial
from spinn2sim.training.search.trial_log import Draw, Ledger
from spinn2sim.training.workers import Workers, make_workers

ATTEMPTS = 3  # at a trial whose worker dies
SPACE = "space.toml"


class SweepReporter(Reporter):
    """What a sweep says about its trials."""

    def begin(self, space: Space, done: int, trials: int) -> None:
        """Tell what lies ahead before the first trial of this process; `done` trials are finished already."""

    def trial(self, space: Space, draw: Draw, done: int, trials: int) -> None:
        """Tell that a trial is finished."""


def sweep(
    scenario: Path | str | None = None, space: Path | str | None = None, out: Path | str | None = None,
    overrides: Overrides = (), trials: int | None = None, workers: int = 1, dask: str | None = None,
    resume: Path | str | None = None, reporter: SweepReporter | None = None,
) -> Sweep:  # fmt: skip
    """Search the space for the scenario, or go on with a sweep's directory (`resume`).

    Returns what is in the directory: sweep.json, best.toml, figures. Raises Spinn2simError subclasses before anything is written.
    """
    reporter = reporter or SweepReporter()
    journal.need_optuna()
    given = _source(scenario, space, overrides) if scenario is not None and space is not None else None
    if resume is None:
        if given is None:
            raise DataError("sweep: found no scenario and space, allowed is both, or resume = a sweep's directory")
        asked = read_space(given)
        hands = make_workers(workers, dask)
        folder = run_directory.new_folder(f"{asked.base.name}-sweep", out)
    else:
        folder = Path(resume)
        journal.need_sweep(folder)
        hands = make_workers(workers, dask)
    try:
        with atomic.locked(folder, "sweeping"):
            ledger = _begin(folder, asked) if resume is None else _go_on(folder, given)
            if trials is not None:
                ledger.want(trials)
            return Search(ledger, folder, hands, reporter).go()
    finally:
        hands.close()


def _source(scenario: Path | str, space: Path | str, overrides: Overrides) -> Source:
    file, space_file = Path(scenario), Path(space)
    folder, changes = str(file.resolve().parent), as_mapping(overrides)
    return Source(read_text(file), str(file), folder, changes, read_text(space_file), str(space_file))


def _begin(folder: Path, space: Space) -> Ledger:
    atomic.write_text(folder / run_directory.SCENARIO, resolved_toml(space.base))
    atomic.write_text(folder / SPACE, space.source.space)
    atomic.write_json(folder / run_directory.PROVENANCE, provenance(space.settings.seed, "sweep", now()))
    return journal.begin(folder, space)


def _go_on(folder: Path, given: Source | None) -> Ledger:
    """The ledger of a directory. Raises DataError when it is of another scenario or space."""
    ledger = journal.go_on(folder)
    space = ledger.space
    held = {run_directory.SCENARIO: resolved_toml(space.base), SPACE: space.source.space}
    for name, text in held.items():
        if read_text(folder / name) != text:
            raise DataError(
                f"{folder / name}: found another text than the sweep began with, allowed is a new sweep for it"
            )
    if given is not None:
        other = read_space(given)
        if other.source.space != space.source.space:
            raise DataError(
                f"{folder}: found a sweep of another space than {other.source.space_file}, allowed is the same"
            )
        if other.base != space.base:
            raise DataError(
                f"{folder}: found a sweep of another scenario than {other.source.file}, allowed is the same"
            )
    before = atomic.read_json(folder / run_directory.PROVENANCE)
    resumed = [*before.get("resumed", ()), now()]
    atomic.write_json(
        folder / run_directory.PROVENANCE,
        provenance(space.settings.seed, "sweep", str(before.get("start")), None, resumed),
    )
    return ledger


@dataclass
class Search:
    """The loop, and what is under way in it."""

    ledger: Ledger
    folder: Path
    workers: Workers
    reporter: SweepReporter
    running: dict[Future[Result], Draw] = field(default_factory=dict)
    attempts: dict[int, int] = field(default_factory=dict)

    def go(self) -> Sweep:
        """All trials that are left. An interruption leaves what was finished."""
        ledger, status = self.ledger, "interrupted"
        self.reporter.begin(ledger.space, len(ledger.finished), ledger.trials)
        try:
            self._loop()
            status = "complete"
        except KeyboardInterrupt:
            pass
        ledger.close()
        return write_outcome(self.folder, ledger, status)

    def _loop(self) -> None:
        waiting = self.ledger.pending  # of an interrupted sweep
        while True:
            while len(self.running) < self.workers.capacity() and (waiting or self.ledger.may_draw()):
                self._start(waiting.pop(0) if waiting else self.ledger.draw())
            if not self.running:
                return
            for future in wait(self.running, return_when=FIRST_COMPLETED).done:
                self._finished(self.running.pop(future), future)

    def _start(self, draw: Draw) -> None:
        space, settings = self.ledger.space, self.ledger.space.settings
        try:
            text = space.scenario(draw.values)
        except Spinn2simError as error:
            self._keep(draw, Result("refused", reason=" ".join(str(error).split())))
            return
        job = Job(
            draw.draw, text, settings.seeds, settings.arithmetic, settings.fit_chip, settings.objectives[0],
            settings.pruner, self.ledger.past(draw.draw),
        )  # fmt: skip
        self.running[self.workers.submit(run_trial, job)] = draw

    def _finished(self, draw: Draw, future: Future[Result]) -> None:
        try:
            result = future.result()
        except CancelledError:
            raise OutputError("--dask: the scheduler is gone; what was finished is kept, go on with --resume") from None
        except self.workers.lost as error:
            self._lost(draw, error)
        else:
            self._keep(draw, result)

    def _lost(self, draw: Draw, error: BaseException) -> None:
        """The worker of a trial died: once more, but not for ever."""
        self.attempts[draw.draw] = self.attempts.get(draw.draw, 1) + 1
        if self.attempts[draw.draw] > ATTEMPTS:
            self._keep(draw, Result("refused", reason=f"its worker died {ATTEMPTS} times ({type(error).__name__})"))
            return
        self.reporter.warn(f"trial {draw.draw}: its worker died, attempt {self.attempts[draw.draw]} of {ATTEMPTS}")
        self._start(draw)

    def _keep(self, draw: Draw, result: Result) -> None:
        self.ledger.finish(draw, result)
        self.reporter.trial(self.ledger.space, draw, len(self.ledger.finished), self.ledger.trials)


def as_data(found: Sweep) -> dict[str, Any]:
    """For --json."""
    return {"sweep": str(found.folder), **found.data}
