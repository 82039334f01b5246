"""One trial: a scenario trained with each seed on the mirror, scored on the validation split; a function of its job alone.

It runs in whatever process the sweep has: the same job gives the same result anywhere.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from spinn2sim.errors import ScenarioError, Spinn2simError
from spinn2sim.scenario.data.dataset import Dataset
from spinn2sim.scenario.draws import epoch_order
from spinn2sim.scenario.keys import Scenario
from spinn2sim.scenario.load import load_text
from spinn2sim.training.metrics import score_part
from spinn2sim.training.mirror_trainer import MirrorTrainer
from spinn2sim.training.run_inputs import make_run_inputs, sizes_of
from spinn2sim.training.search.objective import costs
from spinn2sim.training.search.pruner_adapter import Judge, Past, Pruner
from spinn2sim.training.search.split import load_split
from spinn2sim.training.trainer import PartResult

# numba's thread pool may not be entered by two threads of one process; a Dask worker may have several.
ONE_AT_A_TIME = threading.Lock()
LOADED: dict[tuple[object, ...], tuple[Dataset, Dataset]] = {}


@dataclass(frozen=True)
class Job:
    """What a worker needs to know."""

    draw: int
    scenario: str  # resolved
    seeds: tuple[int, ...]
    arithmetic: Literal["float64", "fixed"]
    fit_chip: bool
    objective: str  # what the pruner looks at
    pruner: Pruner = "none"
    past: tuple[Past, ...] = ()  # trials that the pruner compares with


@dataclass(frozen=True)
class Result:
    """What a trial gave. Shares are 0..1, spikes are per sample; means over the seeds."""

    state: Literal["complete", "pruned", "refused"]
    figures: dict[str, float] = field(default_factory=dict)
    by_seed: list[float] = field(default_factory=list)  # validation accuracy of each seed
    epochs: list[float] = field(default_factory=list)  # the objective after each epoch, for the pruner
    marks: dict[str, Any] = field(default_factory=dict)  # what the pruner noted beside it
    reason: str = ""
    seconds: float = 0.0


def run_trial(job: Job) -> Result:
    """Train and score. A scenario that does not hold together, or does not fit the chip, is refused, not raised."""
    with ONE_AT_A_TIME:
        start = time.perf_counter()
        try:
            result = _run(job)
        except Spinn2simError as error:
            result = Result("refused", reason=" ".join(str(error).split()))
        return replace(result, seconds=round(time.perf_counter() - start, 3))


def _run(job: Job) -> Result:
    scenario = load_text(job.scenario, file="trial")
    train, validation = _data(scenario)
    _refuse_small(scenario, train)
    if job.fit_chip:
        _refuse_unfit(scenario, train, validation)
    trainers = [_trainer(replace(scenario, seed=seed), train, validation, job.arithmetic) for seed in job.seeds]
    last = scenario.training.epochs
    judge = Judge(job.pruner, job.objective, job.draw, last, job.past) if job.pruner != "none" else None
    for epoch in range(1, last + 1):
        for seed, trainer in zip(job.seeds, trainers, strict=True):
            trainer.train(epoch, epoch_order(seed, epoch, len(train)))
        if judge is None and epoch < last:
            continue
        figures, by_seed = _figures(scenario, [trainer.evaluate(epoch) for trainer in trainers])
        if judge is not None and judge.stops(figures[job.objective]) and epoch < last:
            return Result("pruned", figures, by_seed, judge.reported, judge.marks)
    if judge is None:
        return Result("complete", figures, by_seed)
    return Result("complete", figures, by_seed, judge.reported, judge.marks)


def _data(scenario: Scenario) -> tuple[Dataset, Dataset]:
    """Training and validation samples; trials of one process that need the same ones share them."""
    training, network = scenario.training, scenario.network
    held = (training.validation_samples, training.validation_seed)
    key = (scenario.data, scenario.encoding, network.steps, network.dt_ms, held)
    if key not in LOADED:
        LOADED.clear()
        LOADED[key] = load_split(scenario)
    return LOADED[key]


def _trainer(scenario: Scenario, train: Dataset, validation: Dataset, arithmetic: Any) -> MirrorTrainer:
    return MirrorTrainer(make_run_inputs(scenario, train, validation), arithmetic)


def _figures(scenario: Scenario, outcomes: Sequence[PartResult]) -> tuple[dict[str, float], list[float]]:
    """Every objective, as the mean over the seeds, and the accuracy of each seed."""
    scores = [score_part(scenario, o) for o in outcomes]
    accuracy = [float(s.accuracy or 0.0) for s in scores]
    figures = {
        "validation_accuracy": float(np.mean(accuracy)),
        "validation_accuracy_strict": float(np.mean([s.accuracy_strict or 0.0 for s in scores])),
        "validation_silent_label": float(np.mean([s.silent_label or 0.0 for s in scores])),
        "hidden_spikes": float(np.mean([o.spikes[1:-1].sum() / len(o.labels) for o in outcomes])),
        **costs(scenario),
    }
    return figures, accuracy


def _refuse_small(scenario: Scenario, train: Dataset) -> None:
    copies = scenario.training.copies
    if scenario.training.epochs < 1:
        raise ScenarioError("training.epochs: found 0, a trial needs 1 at least")
    if len(train) < copies:
        raise ScenarioError(
            f"data.train_samples: {len(train)} train and the rest validates, allowed is training.copies = {copies}"
        )


def _refuse_unfit(scenario: Scenario, *splits: Dataset) -> None:
    """Raises MappingError, ScenarioError when no plan of it can be made."""
    from spinn2sim.training.on_chip_trainer import make_firmware, make_plan

    events = max(1, *(split.most_spikes for split in splits))
    make_plan(scenario, sizes_of(scenario, splits[0]), events, make_firmware(scenario))
