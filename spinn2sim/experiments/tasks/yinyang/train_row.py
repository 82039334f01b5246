"""One training on Yin-Yang on the published splits: validated after its epochs, tested once at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from spinn2sim.experiments.datasets.labelled import LabelledSpikes
from spinn2sim.experiments.datasets.latency_coding import latencies
from spinn2sim.experiments.devices.device import Device, Floats
from spinn2sim.experiments.devices.ideal_device import IdealDevice
from spinn2sim.experiments.loop.evaluation import Evaluation, evaluate, output_scores
from spinn2sim.experiments.loop.loop_trainer import LoopTrainer, initial_weights
from spinn2sim.experiments.loop.training_report import TrainingReport
from spinn2sim.experiments.substrate.analog_substrate import Substrate
from spinn2sim.experiments.tasks.yinyang.row_settings import LatencyEncoding, RowSettings
from spinn2sim.scenario.data import yinyang

TRAIN, VALIDATION, TEST = (5000, 42), (1000, 41), (1000, 40)  # samples and seed of the published splits


@dataclass(frozen=True)
class TrainedRow:
    """The result of a training: `validation` is the accuracy after each epoch, `test` is that of the weights after the last one."""

    weights: tuple[Floats, ...]
    losses: Sequence[float]
    validation: Sequence[float]
    test: Evaluation


def load_split(split: tuple[int, int], encoding: LatencyEncoding) -> LabelledSpikes:
    """A split as spikes."""
    values, labels = yinyang.generate(*split)
    return LabelledSpikes(latencies(values, encoding.t_first, encoding.t_last, encoding.bias), labels)


def device_of(row: RowSettings, seed: int) -> Device:
    """The row's device; the seed is also the chip number of a substrate."""
    return Substrate(row.network, row.substrate, seed) if row.substrate else IdealDevice(row.network, row.sampling)


def train(
    row: RowSettings, seed: int, samples: int = TRAIN[0], every: int = 1, tell: Callable[[str], Any] = str
) -> TrainedRow:
    """Train a row; `seed` gives weights, order and chip. Validation follows each `every`-th epoch and the last."""
    device, validation = device_of(row, seed), load_split(VALIDATION, row.encoding)
    report = TrainingReport(
        tell, row.recipe.epochs, lambda epoch: evaluate(device, epoch.weights, validation).accuracy, every
    )
    trainer: LoopTrainer[Any] = LoopTrainer(device, row.estimator, row.recipe, seed)
    start = initial_weights(seed, row.network.sizes, row.init)
    weights = trainer.train(start, load_split((samples, TRAIN[1]), row.encoding), report)
    test = evaluate(device, weights, load_split(TEST, row.encoding), -1_000_000)
    return TrainedRow(weights, report.losses, report.accuracies, test)


def peaks_by_class(row: RowSettings, weights: Sequence[Floats], seed: int) -> tuple[Floats, Any]:
    """Maxima of the readout over the validation split, (samples, classes), and the labels: Figure 2 of the poster, top."""
    validation = load_split(VALIDATION, row.encoding)
    return output_scores(device_of(row, seed), weights, validation.spikes, -2_000_000)[0], validation.labels
