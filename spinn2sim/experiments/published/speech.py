"""Spoken digits by a recurrent network, 70-186-10, trained by surrogate gradients and by EventProp."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spinn2sim.errors import DataError
from spinn2sim.experiments.runner.protocol import (
    CRAMER,
    Experiment,
    ExperimentResult,
    FinishedJob,
    Job,
    Options,
    Published,
    Tell,
    Value,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from spinn2sim.experiments.discrete_time.recurrent_network import RecurrentNetwork
    from spinn2sim.experiments.discrete_time.train_recurrent import RecurrentRecipe

HIDDEN = 186
ROWS = {"surrogate gradient": "surrogate", "EventProp": "eventprop"}
EPOCHS, QUICK_EPOCHS = {"surrogate": 20, "eventprop": 30}, 5
QUICK_HIDDEN, QUICK_SAMPLES = 64, 600
REQUIRED = 88.0  # %, of the spoken digits
TASK = Published(f"{CRAMER}: this network on other digits (SHD) and on hardware; no number of this task")
GET = (
    "a folder of DIGIT_SPEAKER_INDEX.wav, as in https://github.com/Jakobovski/free-spoken-digit-dataset, "
    "or with shd_train.h5 and shd_test.h5, unpacked, from https://zenkelab.org/datasets"
)
NOTES = (
    "Epochs and all other settings were chosen on a part of the training samples (index 5 to 9); then each seed trains",
    "once on all of them, and is evaluated once, after the last epoch, on the test samples.",
)


def jobs(options: Options) -> list[Job]:
    """Make a job per algorithm and seed. Raises DataError for a folder without samples, or with a file that is not a sound."""
    if options.data is None:
        raise DataError(f"speech: found no --data, allowed is {GET}")
    heidelberg = _is_shd(options.data)
    settings = {
        "data": str(options.data),
        "task": "SHD" if heidelberg else "spoken digits",
        "hidden": QUICK_HIDDEN if options.quick else HIDDEN,
        "samples": QUICK_SAMPLES if options.quick else None,
    }
    return [
        Job(row, seed, {"algorithm": name, "epochs": QUICK_EPOCHS if options.quick else EPOCHS[name], **settings})
        for row, name in ROWS.items()
        for seed in options.seeds
    ]


def _is_shd(folder: Path) -> bool:
    """Whether a folder holds SHD, the published task, rather than spoken digits. Raises DataError if neither, or if a file is damaged."""
    from spinn2sim.experiments.datasets import shd, spoken

    heidelberg = shd.is_shd(folder)
    (shd if heidelberg else spoken).check(folder)
    return heidelberg


def recipe_of(algorithm: str, epochs: int) -> RecurrentRecipe:
    """Make the recipe that an algorithm is trained with."""
    from spinn2sim.experiments.discrete_time.train_recurrent import RecurrentRecipe

    init = (0.2, 0.05, 0.15)
    if algorithm == "surrogate":
        return RecurrentRecipe(epochs, 50, 2e-3, init)
    return RecurrentRecipe(
        epochs, 50, 1.2e-3, init, raise_silent=1e-3, rate_limit=6.0, rate_penalty=1e-4, clip_norm=1.0
    )


def network(channels: int, hidden: int, classes: int) -> RecurrentNetwork:
    """Make the network that both algorithms train."""
    from spinn2sim.experiments.discrete_time.recurrent_network import RecurrentNetwork

    return RecurrentNetwork(channels, hidden, classes, dt=2e-3, tau_mem=100e-3, tau_syn=50e-3, min_slope=0.3)


def run(job: Job, tell: Tell) -> Mapping[str, Any]:
    """Train on all training samples, and evaluate the test samples after the last epoch."""
    import numpy as np

    from spinn2sim.experiments.datasets.shd import load_shd
    from spinn2sim.experiments.datasets.spoken import load_spoken
    from spinn2sim.experiments.discrete_time.train_recurrent import RecurrentEpochReport, evaluate, train

    settings, seed = job.settings, job.seed or 0
    folder, epochs = Path(settings["data"]), settings["epochs"]
    if settings["task"] == "SHD":
        samples = load_shd(folder)
    else:

        def count(done: int, total: int) -> None:
            if done % 100 == 0:
                tell(f"cochlea {done}/{total}")

        samples = load_spoken(folder, count, settings["samples"])
    training = samples.train.select(np.arange(len(samples.train.labels))[: settings["samples"]])
    net = network(training.spikes.size, settings["hidden"], samples.classes)
    recipe, curve = recipe_of(settings["algorithm"], epochs), list[RecurrentEpochReport]()

    def report(epoch: RecurrentEpochReport) -> None:
        curve.append(epoch)
        tell(f"epoch {epoch.epoch}/{epochs}, training accuracy {100 * epoch.accuracy:.1f} %")

    weights = train(net, settings["algorithm"], training, recipe, seed, report)
    found = evaluate(net, weights, samples.test, recipe)
    return {
        **found._asdict(),
        "train_accuracy": [p.accuracy for p in curve],
        "train_loss": [p.loss for p in curve],
        "trained": len(training.labels),
        "tested": len(samples.test.labels),
    }


def aggregate(done: Sequence[FinishedJob]) -> ExperimentResult:
    """Make a table row per algorithm and seed, and the means over seeds."""
    table = [
        {
            "algorithm": k.job.row,
            "seed": k.job.seed,
            "test_accuracy_%": 100 * k.result["accuracy"],
            "train_accuracy_last_epoch_%": 100 * k.result["train_accuracy"][-1],
            "spikes_per_hidden_neuron": k.result["spikes"],
            "silent_hidden_neurons_%": 100 * k.result["silent"],
            "epochs": k.job.settings["epochs"],
            "trained": k.result["trained"],
            "tested": k.result["tested"],
        }
        for k in done
    ]
    task = done[0].job.settings["task"]
    allowed = (REQUIRED, None) if task == "spoken digits" else (None, None)
    values = []
    for row in ROWS:
        mine = [line for line in table if line["algorithm"] == row]
        accuracy = [line["test_accuracy_%"] for line in mine]
        spikes = [line["spikes_per_hidden_neuron"] for line in mine]
        values.append(Value.over_seeds(row, f"test accuracy, {task}, %", accuracy, TASK, allowed))
        values.append(Value.over_seeds(row, "spikes per hidden neuron and sample", spikes, TASK))
    return ExperimentResult(values, table, NOTES)


def draw(done: Sequence[FinishedJob], figure: Figure) -> None:
    """Draw loss and accuracy during training, and the accuracy on the test samples after the last epoch."""
    from spinn2sim.report.palette import SERIES

    figure.set_size_inches(11, 4)
    loss, accuracy = figure.subplots(1, 2)
    for row, colour in zip(ROWS, SERIES, strict=False):
        for k in (k for k in done if k.job.row == row):
            epochs = range(1, len(k.result["train_loss"]) + 1)
            label = row if k.job.seed == done[0].job.seed else None
            loss.plot(epochs, k.result["train_loss"], color=colour, lw=0.9, label=label)
            accuracy.plot(epochs, [100 * share for share in k.result["train_accuracy"]], color=colour, lw=0.9)
            accuracy.plot(epochs[-1], 100 * k.result["accuracy"], "o", color=colour, ms=5)
    if done[0].job.settings["task"] == "spoken digits":
        accuracy.axhline(REQUIRED, color="0.6", lw=0.8)
    loss.set(xlabel="epoch", ylabel="training loss", ylim=(0, None))
    loss.legend(fontsize="small")
    accuracy.set(xlabel="epoch", ylabel="%", title="accuracy: training (lines), test (dots)")


EXPERIMENT = Experiment(
    name="speech",
    title="spoken digits: a recurrent network learns by surrogate gradients and by EventProp",
    source=f"{CRAMER} (network 70-186-10 and surrogate gradient); the digits are of the Free Spoken Digit Dataset",
    jobs=jobs,
    run=run,
    aggregate=aggregate,
    figures={"speech": draw},
    seeds=(0, 1, 2),
    data=GET,
    labels=("simulated on a time grid in float64, no hardware", "spike encoding of our own: docs/results/speech.md"),
)
