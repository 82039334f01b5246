"""Runs one trial: trains a scenario on the mirror with each seed, and scores it on the validation split.

The result depends only on the job, so any process may run it.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from spinn2sim.errors import DataError, ScenarioError, Spinn2simError
from spinn2sim.scenario.data.dataset import Dataset
from spinn2sim.scenario.draws import epoch_order
from spinn2sim.scenario.graph_of_scenario import graph_of_scenario
from spinn2sim.scenario.keys import Scenario
from spinn2sim.scenario.load import load_text
from spinn2sim.training.job_loop import MachineTroubleError
from spinn2sim.training.metrics import score_part
from spinn2sim.training.mirror_trainer import MirrorTrainer
from spinn2sim.training.run_inputs import make_run_inputs
from spinn2sim.training.search.objective import costs, hidden_populations
from spinn2sim.training.search.pruner_adapter import FinishedTrial, Pruner, PrunerAdapter
from spinn2sim.training.search.split import load_split
from spinn2sim.training.trainer import PartResult

# Two threads of one process must not enter numba's thread pool at once; a Dask worker may have several threads.
ONE_AT_A_TIME = threading.Lock()
# The samples that the last trial of this process used, by the scenario keys that they depend on.
LOADED: dict[tuple[object, ...], tuple[Dataset, Dataset]] = {}


@dataclass(frozen=True)
class TrialJob:
    """What a worker needs to run a trial."""

    number: int
    # The resolved scenario, as TOML.
    scenario: str
    seeds: tuple[int, ...]
    arithmetic: Literal["float64", "fixed"]
    fit_chip: bool
    # The objective that the pruner compares.
    objective: str
    pruner: Pruner = "none"
    # The trials that the pruner compares with.
    finished: tuple[FinishedTrial, ...] = ()

    def __str__(self) -> str:
        return f"trial {self.number}"


@dataclass(frozen=True)
class TrialResult:
    """The result of a trial. `figures` holds each objective's mean over the seeds."""

    state: Literal["complete", "pruned", "refused"]
    figures: dict[str, float] = field(default_factory=dict)
    # The validation accuracy of each seed.
    by_seed: list[float] = field(default_factory=list)
    # The objective after each epoch, and what the pruner stored about the trial; empty without a pruner.
    epochs: list[float] = field(default_factory=list)
    pruner_state: Annotated[dict[str, Any], Field(alias="marks")] = field(default_factory=dict)
    # Why the trial was refused.
    reason: str = ""
    seconds: float = 0.0

    @classmethod
    def refused(cls, reason: object) -> TrialResult:
        """Make the result of a trial that could not be run, with the reason in one line."""
        return cls("refused", reason=" ".join(str(reason).split()))


def run_trial(job: TrialJob) -> TrialResult:
    """Train and score. A scenario whose keys contradict each other, or that does not fit the chip, gives a refused trial, not an error.

    Raises MachineTroubleError, MemoryError or OSError for failures of the machine, which say nothing about the trial.
    """
    with ONE_AT_A_TIME:
        start = time.perf_counter()
        try:
            result = _run(job)
        except Spinn2simError as error:
            if _is_machine_trouble(job, error):
                raise MachineTroubleError(str(error)) from None
            result = TrialResult.refused(error)
        return replace(result, seconds=round(time.perf_counter() - start, 3))


def _is_machine_trouble(job: TrialJob, error: Spinn2simError) -> bool:
    """Whether a trial failed because a file could not be written, or could not be read and may come back."""
    if isinstance(error, OSError):
        return True
    if not isinstance(error, DataError):
        return False
    try:
        scenario = load_text(job.scenario, file="trial")
    except Spinn2simError:
        return False
    return any(
        path is not None and not os.access(path, os.R_OK) for path in (scenario.data.path, scenario.training.start_from)
    )


def _run(job: TrialJob) -> TrialResult:
    scenario = load_text(job.scenario, file="trial")
    train, validation = _load_data(scenario)
    _refuse_small(scenario, train)
    if job.fit_chip:
        _refuse_unfit(scenario, train, validation)
    trainers = [_make_trainer(replace(scenario, seed=seed), train, validation, job.arithmetic) for seed in job.seeds]
    last = scenario.training.epochs
    pruner = PrunerAdapter(job.pruner, job.objective, job.number, last, job.finished) if job.pruner != "none" else None
    for epoch in range(1, last + 1):
        for seed, trainer in zip(job.seeds, trainers, strict=True):
            trainer.train(epoch, epoch_order(seed, epoch, len(train)))
        if pruner is None and epoch < last:
            continue
        figures, by_seed = _score(scenario, [trainer.evaluate(epoch) for trainer in trainers])
        if pruner is not None and pruner.should_stop(figures[job.objective]) and epoch < last:
            return TrialResult("pruned", figures, by_seed, pruner.reported, pruner.pruner_state)
    if pruner is None:
        return TrialResult("complete", figures, by_seed)
    return TrialResult("complete", figures, by_seed, pruner.reported, pruner.pruner_state)


def _load_data(scenario: Scenario) -> tuple[Dataset, Dataset]:
    """Return the training and the validation samples. Trials of one process that need the same samples load them once."""
    training, network = scenario.training, scenario.network
    validation = (training.validation_samples, training.validation_seed)
    key = (scenario.data, scenario.encoding, network.steps, network.dt_ms, validation)
    if key not in LOADED:
        LOADED.clear()
        LOADED[key] = load_split(scenario)
    return LOADED[key]


def _make_trainer(scenario: Scenario, train: Dataset, validation: Dataset, arithmetic: Any) -> MirrorTrainer:
    return MirrorTrainer(make_run_inputs(scenario, train, validation), arithmetic)


def _score(scenario: Scenario, outcomes: Sequence[PartResult]) -> tuple[dict[str, float], list[float]]:
    """Return each objective's mean over the seeds, and the accuracy of each seed."""
    scores = [score_part(scenario, o) for o in outcomes]
    hidden = hidden_populations(scenario)
    accuracy = [float(s.accuracy or 0.0) for s in scores]
    figures = {
        "validation_accuracy": float(np.mean(accuracy)),
        "validation_accuracy_strict": float(np.mean([s.accuracy_strict or 0.0 for s in scores])),
        "validation_silent_label": float(np.mean([s.silent_label or 0.0 for s in scores])),
        "hidden_spikes": float(np.mean([o.spikes[hidden].sum() / len(o.labels) for o in outcomes])),
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
    """Raise MappingError or ScenarioError if the scenario cannot be mapped onto the chip."""
    from spinn2sim.training.firmware_of_scenario import make_firmware
    from spinn2sim.training.plan_of_scenario import make_plan

    most_events = max(1, *(split.most_spikes for split in splits))
    graph = graph_of_scenario(scenario, splits[0].n_inputs, splits[0].n_classes)
    make_plan(scenario, graph, most_events, make_firmware(scenario))
