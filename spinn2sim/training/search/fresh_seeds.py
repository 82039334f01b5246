"""Trains the best settings of a sweep with seeds that the sweep did not use: a best that was luck shows there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

import numpy as np

from spinn2sim.errors import Spinn2simError
from spinn2sim.scenario.load import load_text
from spinn2sim.training.job_loop import JobLoop
from spinn2sim.training.search.space import Space
from spinn2sim.training.search.split import load_split
from spinn2sim.training.search.trial import TrialJob, TrialResult, run_trial
from spinn2sim.training.search.trial_log import Trial
from spinn2sim.training.workers import Workers


@dataclass(frozen=True)
class FreshSeeds:
    """The validation accuracy of the best trial's settings with each of some fresh seeds, in the order of the seeds."""

    accuracy: dict[int, float]
    # The accuracy of always answering the most frequent class of the validation samples, and the seeds that are no better.
    chance: float
    at_chance: list[int]

    def as_data(self) -> dict[str, Any]:
        """Return what sweep.json says of them."""
        values = list(self.accuracy.values())
        return {
            "seeds": list(self.accuracy),
            "validation_accuracy": values,
            "mean": float(np.mean(values)),
            "standard_deviation": float(np.std(values, ddof=1)) if len(values) > 1 else 0.0,
            "chance": self.chance,
            "at_chance": self.at_chance,
        }


def fresh_seeds(space: Space) -> list[int]:
    """Return the seeds after the largest one of the sweep, as many as it asks for; from 0 on where there are none after it."""
    used, found, seed = set(space.settings.seeds), list[int](), max(space.settings.seeds) + 1
    while len(found) < space.settings.fresh_seeds:
        seed = seed % 2**32
        if seed not in used:
            found.append(seed)
        seed += 1
    return found


def train_fresh(space: Space, best: Trial, workers: Workers, warn: Callable[[str], None]) -> FreshSeeds | None:
    """Train the settings of `best` with fresh seeds; None after Ctrl-C, and if no seed gave a result."""
    run = _FreshRun(space, best, fresh_seeds(space))
    if not JobLoop(workers, run_trial, run.next_job, run.keep, run.give_up, warn).run() or not run.found:
        return None
    accuracy = dict(sorted(run.found.items()))
    chance, samples = _chance(space, best)
    limit = chance + 2 * sqrt(chance * (1 - chance) / max(1, samples))
    return FreshSeeds(accuracy, chance, [seed for seed, found in accuracy.items() if found <= limit])


def _chance(space: Space, best: Trial) -> tuple[float, int]:
    """Return the share of the most frequent class of the validation samples, and how many there are."""
    try:
        labels = load_split(load_text(space.scenario(best.values), file="trial"))[1].labels
    except Spinn2simError:
        return 0.0, 0
    return float(np.bincount(labels).max(initial=0) / max(1, len(labels))), len(labels)


@dataclass(frozen=True)
class _FreshRun:
    """The side of the job loop that says which seed comes next, and where its accuracy goes."""

    space: Space
    best: Trial
    waiting: list[int]
    found: dict[int, float] = field(default_factory=dict)

    def next_job(self) -> TrialJob | None:
        """Return the job of the next seed."""
        if not self.waiting:
            return None
        settings = self.space.settings
        return TrialJob(
            self.best.number, self.space.scenario(self.best.values), (self.waiting.pop(0),), settings.arithmetic, False,
            settings.objectives[0],
        )  # fmt: skip

    def keep(self, job: TrialJob, result: TrialResult) -> None:
        """Keep the accuracy of a seed."""
        if result.state == "complete" and result.by_seed:
            self.found[job.seeds[0]] = result.by_seed[0]

    def give_up(self, job: TrialJob, error: Exception) -> None:
        """Leave a seed out that the machine failed."""
