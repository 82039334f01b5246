"""Trains one row on the published Yin-Yang splits: validated after its epochs, tested once at the end."""

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

TRAIN, VALIDATION, TEST = (5000, 42), (1000, 41), (1000, 40)  # number of samples and seed of each published split


@dataclass(frozen=True)
class TrainedRow:
    """The result of a training: `validation` holds accuracies after the epochs, `test` belongs to the weights after the last epoch."""

    weights: tuple[Floats, ...]
    losses: Sequence[float]
    validation: Sequence[float]
    test: Evaluation


def load_split(split: tuple[int, int], encoding: LatencyEncoding) -> LabelledSpikes:
    """Generate a split and encode it as spikes."""
    values, labels = yinyang.generate(*split)
    return LabelledSpikes(latencies(values, encoding.t_first, encoding.t_last, encoding.bias), labels)


def device_of(row: RowSettings, seed: int) -> Device:
    """Make the row's device; the seed is also the chip number of a substrate."""
    return Substrate(row.network, row.substrate, seed) if row.substrate else IdealDevice(row.network, row.sampling)


def train(
    row: RowSettings, seed: int, samples: int = TRAIN[0], every: int = 1, tell: Callable[[str], Any] = str
) -> TrainedRow:
    """Train a row; `seed` determines weights, order and chip. Each `every`-th epoch and the last are followed by a validation."""
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
    """Return the readout's maxima on the validation split, (samples, classes), and the labels, for the top of the poster's Figure 2."""
    validation = load_split(VALIDATION, row.encoding)
    return output_scores(device_of(row, seed), weights, validation.spikes, -2_000_000)[0], validation.labels
