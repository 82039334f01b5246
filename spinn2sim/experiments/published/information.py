"""Bits that the host reads per gradient: spike times for EventProp, sampled membranes for surrogate gradients; it tunes neither."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean, stdev
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
TARGET = 0.9  # accuracy on the validation split that the bits are counted up to
EPOCHS = 12
CLAIM = Published("Pehle et al. 2023, abstract: one order of magnitude in the information efficiency; no digit printed")
NOTES = (
    "Bits that the host reads of the device per sample to estimate a gradient: a spike is an address and a time stamp, a membrane sample 8",
    "bits. Inputs and weights, which the host sends, are not counted. The surrogate reads spikes and membranes.",
    "Spike times alone say nothing of the readout: the host computes its maxima with nominal constants and cannot learn that mismatch.",
    f"Bits up to the first epoch with {100 * TARGET:.0f} % on the validation split; the test split is read once, after the last epoch.",
)


def jobs(options: Options) -> list[Job]:
    """A training per row and seed; the seed is the chip's number too."""
    size = {"epochs": 2, "samples": 500} if options.quick else {"epochs": EPOCHS, "samples": 5000}
    return [Job(row, seed, size) for seed in options.seeds for row in ROWS]


def run(job: Job, tell: Tell) -> Mapping[str, Any]:
    """Train on the substrate; bits read and validation accuracy after each epoch, test accuracy after the last."""
    from spinn2sim.experiments.loop.bit_counting import Metered
    from spinn2sim.experiments.loop.trainer import Loop, initial_weights, judge
    from spinn2sim.experiments.substrate.device import Substrate
    from spinn2sim.experiments.tasks.yinyang import rows
    from spinn2sim.experiments.tasks.yinyang.train import TEST, TRAIN, VALIDATION, examples

    seed, epochs = job.seed or 0, job.settings["epochs"]
    row = rows.BY_NAME["EventProp, Max, in the loop"].for_epochs(epochs)
    device, plan = Metered(Substrate(row.network, row.substrate, seed)), row.plan
    validation = examples(VALIDATION, row.encoding)
    curve: list[dict[str, float]] = []

    def after(progress: Any) -> None:
        accuracy = judge(device, progress.weights, validation).accuracy
        bits = {"spike_bits": device.bits.spikes, "sample_bits": device.bits.samples}
        curve.append({"gradients": device.runs, "accuracy": accuracy, "loss": progress.loss, **bits})
        tell(f"epoch {progress.epoch}/{epochs}, validation {100 * accuracy:.1f} %")

    loop: Loop[Any] = Loop(device, _estimator(job.row), plan, seed)
    start = initial_weights(seed, row.network.sizes, row.init)
    weights = loop.train(start, examples((job.settings["samples"], TRAIN[1]), row.encoding), after)
    return {"curve": curve, "batch": plan.batch, "test": judge(device, weights, examples(TEST, row.encoding)).accuracy}


def _estimator(row: str) -> Any:
    from spinn2sim.experiments.estimators.eventprop import SpikePeakEventProp
    from spinn2sim.experiments.tasks.yinyang.rows import EVENTPROP_PEAK, LEAST_SLOPE, SCALE, SURROGATE_IN_LOOP

    if row == TRACES:
        return SURROGATE_IN_LOOP.estimator
    return SpikePeakEventProp(SCALE, LEAST_SLOPE) if row == SPIKES else EVENTPROP_PEAK.estimator


def aggregate(done: Sequence[FinishedJob]) -> ExperimentResult:
    """Per row bits per sample and accuracy; for both forms of EventProp, how many times more the surrogate reads."""
    found = {row: [_reading(k) for k in done if k.job.row == row] for row in ROWS}
    columns = ("spike_bits_per_sample", "sample_bits_per_sample", "bits_per_sample", "bits_to_target", "test_percent")
    table = [
        {"estimator": row, "seed": k.job.seed, **dict(zip(columns, reading, strict=True))}
        for row in ROWS
        for k, reading in zip((k for k in done if k.job.row == row), found[row], strict=True)
    ]
    values = []
    for row, readings in found.items():
        values.append(_value(row, "bits read per sample for a gradient", [r.bits for r in readings]))
        values.append(
            _value(row, f"bits read up to {100 * TARGET:.0f} % validation accuracy", [r.to_target for r in readings])
        )
        values.append(_value(row, "test accuracy, %", [r.test for r in readings]))
    more = "the surrogate reads so many times more"
    for row in (SPIKES, READOUT):
        pairs = list(zip(found[row], found[TRACES], strict=True))
        ratios = [theirs.bits / ours.bits for ours, theirs in pairs]
        reached = [t.to_target / o.to_target if o.to_target and t.to_target else None for o, t in pairs]
        values.append(_value(row, f"{more} per gradient", ratios, CLAIM, (10**0.5, 10**1.5)))
        values.append(_value(row, f"{more} up to {100 * TARGET:.0f} % validation accuracy", reached))
    return ExperimentResult(values, table, NOTES)


class Reading(NamedTuple):
    """Bits per sample (spikes, membranes, both), bits read up to the target (None: not reached), test accuracy in per cent."""

    spikes: float
    samples: float
    bits: float
    to_target: float | None
    test: float


def _reading(done: FinishedJob) -> Reading:
    curve, last = done.result["curve"], done.result["curve"][-1]
    seen = last["gradients"] * done.result["batch"]
    spikes, samples = last["spike_bits"] / seen, last["sample_bits"] / seen
    reached = [point["spike_bits"] + point["sample_bits"] for point in curve if point["accuracy"] >= TARGET]
    return Reading(spikes, samples, spikes + samples, reached[0] if reached else None, 100 * done.result["test"])


def _value(
    row: str, quantity: str, numbers: Sequence[float | None], published: Published | None = None,
    allowed: tuple[float | None, float | None] = (None, None),
) -> Value:  # fmt: skip
    """Mean and standard deviation; no number where one of the seeds has none."""
    known = [number for number in numbers if number is not None]
    if len(known) < len(numbers):
        return Value(row, f"{quantity} ({len(known)} of {len(numbers)} seeds came there)", None, runs=len(numbers))
    error = stdev(known) if len(known) > 1 else None
    return Value(row, quantity, fmean(known), error, len(known), published, allowed)


def draw(done: Sequence[FinishedJob], figure: Figure) -> None:
    """Validation accuracy against the bits read so far."""
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
    labels=(ANALOG, "mismatch, noise and sight: docs/substrate.md, assumptions among them"),
)
