"""What the simulated commands read: a scenario so small that a run takes a tenth of a second, a space, and an experiment of two jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

from small_scenario import SMALL
from spinn2sim.experiments.runner.protocol import Experiment, ExperimentResult, FinishedJob, Job, Options, Tell, Value

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SMALLER = {
    '"small"': '"tiny"', "train_samples = 20": "train_samples = 4", "test_samples = 10": "test_samples = 2", "hidden = [8]": "hidden = [4]",
    "steps = 12": "steps = 6", "epochs = 2": "epochs = 1", "copies = 4": "copies = 2",
    'silent_guard = "push"\nguard_step = 1e-4': "silent_warning = 1.0",
}  # fmt: skip
TINY = reduce(lambda text, change: text.replace(*change), SMALLER.items(), SMALL)

SPACE = """
[sweep]
sampler = "random"
trials = 2
epochs = 1
fit_chip = false

[space]
"optimizer.learning_rate" = { low = 1e-3, high = 1e-2 }
"""


def _run(job: Job, tell: Tell) -> Mapping[str, Any]:
    return {"square": job.settings["of"] ** 2}


def _aggregate(done: Sequence[FinishedJob]) -> ExperimentResult:
    values = [Value(job.job.row, "square", float(job.result["square"])) for job in done]
    return ExperimentResult(values, [{"row": value.row, "square": value.value} for value in values])


def _draw(done: Sequence[FinishedJob], figure: Figure) -> None:
    figure.subplots().plot([job.result["square"] for job in done])


def _jobs(options: Options) -> list[Job]:
    return [Job(f"row {number}", None, {"of": number}) for number in range(2)]


# Stands in for a published experiment, whose files it has, in the time of two multiplications.
SQUARES = Experiment("fig1", "Two squares", "none", _jobs, _run, _aggregate, {"squares": _draw})
