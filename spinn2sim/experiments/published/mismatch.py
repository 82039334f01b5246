"""Mismatch of a modelled analog substrate: weights trained in the loop with it against weights trained ideally and transferred."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
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

LOOP, TRANSFER = "trained in the loop", "trained ideally, transferred"
IDEAL = "trained ideally, on the ideal device"
SIGMAS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5)
CLAIMED = 0.2  # the sigma at which the claim is tested
FULL = {"train": 1500, "test": 1000, "epochs": 6}
QUICK = {"train": 200, "test": 100, "epochs": 2}
CLAIM = Published("Cramer et al. 2022, abstract: learning self-corrects for device mismatch; no number printed there")
NOTES = (
    "Sigma is that of tau_mem, tau_syn, threshold and gain alike; noise, 6-bit weights and 8-bit samples are there at sigma 0 too.",
    "A seed is a chip and gives the initial weights. Surrogate gradients with nominal constants. Nothing was chosen by the test split.",
    "Reduced: 1,500 training images (the paper: 60,000), moved by up to a pixel in each of 6 epochs, 1,000 test images, no regularisation.",
)


def jobs(options: Options) -> list[Job]:
    """Make, per seed, a training on the ideal device and one in the loop for each sigma. Raises DataError without images."""
    size = QUICK if options.quick else FULL
    sigmas = (0.0, CLAIMED) if options.quick else SIGMAS
    every = {"data": str(image_folder("mismatch", options)), **size}
    return [
        job
        for seed in options.seeds
        for job in (
            Job(TRANSFER, seed, {**every, "sigmas": list(sigmas)}),
            *(Job(LOOP, seed, {**every, "sigmas": [sigma]}) for sigma in sigmas),
        )
    ]


def run(job: Job, tell: Tell) -> Mapping[str, Any]:
    """Train on one device, and evaluate the test accuracy on chips of each sigma and on the ideal device."""
    from spinn2sim.experiments.loop.evaluation import evaluate
    from spinn2sim.experiments.loop.training_report import TrainingReport
    from spinn2sim.experiments.tasks.vision import task

    settings, seed = job.settings, job.seed or 0
    train, test = task.images_of(Path(settings["data"]), settings["train"], settings["test"])
    chips = {sigma: task.device_of("substrate", seed, sigma) for sigma in settings["sigmas"]}
    ideal = task.device_of("ideal", seed)
    report = TrainingReport(tell, settings["epochs"])
    device = ideal if job.row == TRANSFER else next(iter(chips.values()))
    weights = task.train(device, task.estimator_of(), seed, settings["epochs"], train, report)
    evaluations = {sigma: evaluate(chip, weights, test.as_spikes()) for sigma, chip in chips.items()}
    return {
        "accuracy": [evaluations[sigma].accuracy for sigma in settings["sigmas"]],
        "hidden_spikes": [evaluations[sigma].spikes[0] for sigma in settings["sigmas"]],
        "ideal": evaluate(ideal, weights, test.as_spikes()).accuracy if job.row == TRANSFER else None,
        "loss": report.losses,
    }


def aggregate(done: Sequence[FinishedJob]) -> ExperimentResult:
    """Average over the chips for each sigma, and take the difference between the two kinds of training at CLAIMED."""
    found = accuracies(done)
    ideal = [100 * k.result["ideal"] for k in done if k.job.row == TRANSFER]
    means = {
        (row, sigma): Value.over_seeds(row, f"test accuracy at sigma {100 * sigma:.0f} %, %", shares, CLAIM)
        for (row, sigma), shares in found.items()
    }
    table = [
        {
            "sigma_percent": 100 * sigma,
            "trained": row,
            "chips": mean.runs,
            "mean_percent": mean.value,
            "sd_percent": mean.error,
        }
        for (row, sigma), mean in means.items()
    ]
    values = [Value.over_seeds(IDEAL, "test accuracy, %", ideal), *means.values()]
    gains = [a - b for a, b in zip(found[LOOP, CLAIMED], found[TRANSFER, CLAIMED], strict=True)]
    what = f"points more than transferred, sigma {100 * CLAIMED:.0f} %"
    values.append(Value.over_seeds(LOOP, what, gains, CLAIM, allowed=(0.0, None)))
    return ExperimentResult(values, table, NOTES)


def accuracies(done: Sequence[FinishedJob]) -> dict[tuple[str, float], list[float]]:
    """Gather test accuracies in per cent by (row, sigma), one for each chip."""
    found: dict[tuple[str, float], list[float]] = {}
    for k in done:
        for sigma, share in zip(k.job.settings["sigmas"], k.result["accuracy"], strict=True):
            found.setdefault((k.job.row, float(sigma)), []).append(100 * share)
    return dict(sorted(found.items()))


def draw(done: Sequence[FinishedJob], figure: Figure) -> None:
    """Draw accuracy against sigma: a point for each chip, a line through the means."""
    from spinn2sim.report.palette import SERIES

    figure.set_size_inches(7, 4.5)
    axes = figure.subplots()
    found = accuracies(done)
    for row, colour in zip((LOOP, TRANSFER), SERIES, strict=False):
        points = {sigma: shares for (name, sigma), shares in found.items() if name == row}
        axes.plot([100 * s for s in points], [fmean(shares) for shares in points.values()], color=colour, label=row)
        for sigma, shares in points.items():
            axes.plot([100 * sigma] * len(shares), shares, "o", ms=3.5, color=colour)
    ideal = fmean(100 * k.result["ideal"] for k in done if k.job.row == TRANSFER)
    axes.axhline(ideal, color="black", lw=0.8, ls=":", label=IDEAL)
    axes.set(xlabel="mismatch of each circuit quantity, sigma in %", ylabel="test accuracy, %")
    axes.legend()


EXPERIMENT = Experiment(
    name="mismatch",
    title="training in the loop corrects for circuits that differ, transferred weights do not",
    source=f"{CRAMER} (vision task, in a reduced size)",
    jobs=jobs,
    run=run,
    aggregate=aggregate,
    figures={"mismatch": draw},
    seeds=(0, 1, 2),
    data=DATA,
    labels=(ANALOG, "mismatch, noise and measurement: docs/reference/substrate.md, assumptions among them"),
)
