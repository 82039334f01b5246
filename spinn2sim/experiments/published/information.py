"""Bits that the host reads per gradient: spike times for EventProp, sampled membranes for surrogate gradients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from spinn2sim.experiments.runner.protocol import (
    ANALOG,
    PEHLE,
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

SPIKES = "EventProp, spike times alone"
READOUT = "EventProp, spike times and sampled readout"
TRACES = "surrogate gradient, sampled membranes"
ROWS = (SPIKES, READOUT, TRACES)
TARGET = 0.9  # bits are counted until this accuracy is reached on the validation split
EPOCHS = 12
CLAIM = Published("Pehle et al. 2023, abstract: one order of magnitude in the information efficiency; no digit printed")
NOTES = (
    "Bits that the host reads from the device per sample to estimate a gradient: a spike is an address and a time stamp, a membrane sample",
    "8 bits. Inputs and weights, which the host sends, are not counted. The surrogate reads spikes and membranes.",
    "Spike times alone say nothing of the readout: the host computes its maxima with nominal constants and cannot learn that mismatch.",
    f"Bits up to the first epoch with {100 * TARGET:.0f} % on the validation split; the test split is read once, after the last epoch.",
)


def jobs(options: Options) -> list[Job]:
    """Make a training per row and seed; the seed is also the number of the chip."""
    size = {"epochs": 2, "samples": 500} if options.quick else {"epochs": EPOCHS, "samples": 5000}
    return [Job(row, seed, size) for seed in options.seeds for row in ROWS]


def run(job: Job, tell: Tell) -> Mapping[str, Any]:
    """Train on the substrate; record bits read and validation accuracy after each epoch, and test accuracy after the last."""
    from spinn2sim.experiments.loop.evaluation import evaluate
    from spinn2sim.experiments.loop.loop_trainer import EpochReport, LoopTrainer, initial_weights
    from spinn2sim.experiments.loop.training_report import TrainingReport
    from spinn2sim.experiments.substrate.analog_substrate import Substrate
    from spinn2sim.experiments.substrate.bit_counting import BitCountingDevice
    from spinn2sim.experiments.tasks.yinyang import table1_rows
    from spinn2sim.experiments.tasks.yinyang.train_row import TEST, TRAIN, VALIDATION, load_split

    seed, epochs = job.seed or 0, job.settings["epochs"]
    row = table1_rows.BY_NAME["EventProp, Max, in the loop"].with_epochs(epochs)
    device, recipe = BitCountingDevice(Substrate(row.network, row.substrate, seed)), row.recipe
    validation = load_split(VALIDATION, row.encoding)
    curve: list[dict[str, float]] = []

    def validate(epoch: EpochReport) -> float:
        accuracy = evaluate(device, epoch.weights, validation).accuracy
        bits = {"spike_bits": device.bits.spikes, "sample_bits": device.bits.samples}
        curve.append({"gradients": device.runs, "accuracy": accuracy, "loss": epoch.loss, **bits})
        return accuracy

    trainer: LoopTrainer[Any] = LoopTrainer(device, _estimator(job.row), recipe, seed)
    start = initial_weights(seed, row.network.sizes, row.init)
    training = load_split((job.settings["samples"], TRAIN[1]), row.encoding)
    weights = trainer.train(start, training, TrainingReport(tell, epochs, validate))
    test = evaluate(device, weights, load_split(TEST, row.encoding)).accuracy
    return {"curve": curve, "batch": recipe.batch, "test": test}


def _estimator(row: str) -> Any:
    from spinn2sim.experiments.estimators.eventprop import HostReadoutEventProp
    from spinn2sim.experiments.tasks.yinyang.table1_rows import EVENTPROP_PEAK, MIN_SLOPE, SCALE, SURROGATE_IN_LOOP

    if row == TRACES:
        return SURROGATE_IN_LOOP.estimator
    return HostReadoutEventProp(SCALE, MIN_SLOPE) if row == SPIKES else EVENTPROP_PEAK.estimator


def aggregate(done: Sequence[FinishedJob]) -> ExperimentResult:
    """Compare bits per sample and accuracy of the rows; for both forms of EventProp, state how many times more the surrogate reads."""
    found = {row: [_reading(k) for k in done if k.job.row == row] for row in ROWS}
    columns = ("spike_bits_per_sample", "sample_bits_per_sample", "bits_per_sample", "bits_to_target", "test_percent")
    table = [
        {"estimator": row, "seed": k.job.seed, **dict(zip(columns, reading, strict=True))}
        for row in ROWS
        for k, reading in zip((k for k in done if k.job.row == row), found[row], strict=True)
    ]
    values = []
    for row, readings in found.items():
        values.append(Value.over_seeds(row, "bits read per sample for a gradient", [r.bits for r in readings]))
        to_target = [r.to_target for r in readings]
        values.append(
            _over_seeds_that_reached(row, f"bits read up to {100 * TARGET:.0f} % validation accuracy", to_target)
        )
        values.append(Value.over_seeds(row, "test accuracy, %", [r.test for r in readings]))
    more = "the surrogate reads so many times more"
    for row in (SPIKES, READOUT):
        pairs = list(zip(found[row], found[TRACES], strict=True))
        ratios = [theirs.bits / ours.bits for ours, theirs in pairs]
        reached = [t.to_target / o.to_target if o.to_target and t.to_target else None for o, t in pairs]
        values.append(Value.over_seeds(row, f"{more} per gradient", ratios, CLAIM, (10**0.5, 10**1.5)))
        values.append(_over_seeds_that_reached(row, f"{more} up to {100 * TARGET:.0f} % validation accuracy", reached))
    return ExperimentResult(values, table, NOTES)


class Reading(NamedTuple):
    """Of one training: bits per sample (spikes, membranes, both), bits read up to the target (None: not reached), test accuracy in %."""

    spikes: float
    samples: float
    bits: float
    to_target: float | None
    test: float


def _reading(done: FinishedJob) -> Reading:
    curve, last = done.result["curve"], done.result["curve"][-1]
    samples_read = last["gradients"] * done.result["batch"]
    spikes, samples = last["spike_bits"] / samples_read, last["sample_bits"] / samples_read
    reached = [point["spike_bits"] + point["sample_bits"] for point in curve if point["accuracy"] >= TARGET]
    return Reading(spikes, samples, spikes + samples, reached[0] if reached else None, 100 * done.result["test"])


def _over_seeds_that_reached(row: str, quantity: str, numbers: Sequence[float | None]) -> Value:
    """The mean over seeds, or no value if one of the seeds did not reach the target."""
    known = [number for number in numbers if number is not None]
    if len(known) < len(numbers):
        return Value(row, f"{quantity} ({len(known)} of {len(numbers)} seeds came there)", None, runs=len(numbers))
    return Value.over_seeds(row, quantity, known)


def draw(done: Sequence[FinishedJob], figure: Figure) -> None:
    """Draw validation accuracy against the bits read so far."""
    from spinn2sim.report.palette import SERIES

    figure.set_size_inches(7, 4.5)
    axes = figure.subplots()
    for row, colour in zip(ROWS, SERIES, strict=False):
        for n, k in enumerate(k for k in done if k.job.row == row):
            bits = [point["spike_bits"] + point["sample_bits"] for point in k.result["curve"]]
            accuracy = [100 * point["accuracy"] for point in k.result["curve"]]
            axes.plot(bits, accuracy, "-o", ms=2.5, lw=1, color=colour, label=None if n else row)
    axes.axhline(100 * TARGET, color="black", lw=0.8, ls=":")
    axes.set(xscale="log", xlabel="bits that the host read", ylabel="validation accuracy, %")
    axes.legend(fontsize="small", loc="lower right")


EXPERIMENT = Experiment(
    name="information",
    title="bits read per gradient: spike times against sampled membranes",
    source=f"{PEHLE}, abstract",
    jobs=jobs,
    run=run,
    aggregate=aggregate,
    figures={"information": draw},
    seeds=(0, 1, 2, 3, 4),
    labels=(ANALOG, "mismatch, noise and measurement: docs/reference/substrate.md, assumptions among them"),
)
