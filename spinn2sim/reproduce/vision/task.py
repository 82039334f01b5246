"""MNIST at 16 x 16 as latencies, 256-246-10 with a readout that integrates: the vision task of Cramer et al. 2022.

doi:10.1073/pnas.2109194119. It never chooses an epoch by the test split.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from spinn2sim.data.labelled import LabelledSpikes
from spinn2sim.data.vision import load_vision
from spinn2sim.estimators.eventprop import PeakEventProp
from spinn2sim.estimators.surrogate import PeakSurrogate
from spinn2sim.loop.device import Device, Floats
from spinn2sim.loop.ideal import Ideal
from spinn2sim.loop.trainer import EVALUATION, Examples, Loop, Plan, Progress, initial_weights
from spinn2sim.scenario.seeds import generator
from spinn2sim.spec.continuous import Network
from spinn2sim.spec.observation import ReadoutObservation
from spinn2sim.substrate.device import Substrate
from spinn2sim.substrate.settings import Settings

US = 1e-6
NETWORK = Network((256, 246, 10), 6 * US, 6 * US, 30 * US, "max_voltage")
LARGEST_WEIGHT = 0.949  # one synapse a weight: docs/substrate.md
DEVICE = Settings(largest_weight=(LARGEST_WEIGHT,))
INIT = ((0.03, 0.15), (0.0, 0.1))
SCALE = 4.0
RUN = -1_000_000  # of looking at the time of decision: no run of training or judging has it


@cache
def examples(folder: Path, train: int | None, test: int | None) -> tuple[Examples, Examples]:
    """So many images (None: all) to train and to test with, always the same ones. Raises DataError."""
    splits = load_vision(folder)
    return _some(splits.train, train, "train"), _some(splits.test, test, "test")


def _some(part: LabelledSpikes, count: int | None, name: str) -> Examples:
    order = generator(0, f"vision {name}").permutation(len(part.labels))
    return Examples(part.spikes, part.labels).take(order[:count])


def device_of(kind: str, chip: int, sigma: float | None = None) -> Device:
    """The ideal device, or chip number `chip` of the modelled substrate, with another mismatch than its own if `sigma` says so."""
    if kind == "ideal":
        return Ideal(NETWORK, DEVICE.sample_interval or 0.0)
    return Substrate(NETWORK, DEVICE if sigma is None else DEVICE.mismatched(sigma), chip)


def estimator_of(kind: str, rate_penalty: float = 0.0) -> Any:
    """EventProp, or the surrogate gradient with its regulariser."""
    return PeakEventProp(SCALE, 0.3) if kind == "eventprop" else PeakSurrogate(10.0, SCALE, rate_penalty)


def train(
    device: Device, estimator: Any, seed: int, epochs: int, data: Examples, after: Callable[[Progress], None]
) -> tuple[Floats, ...]:
    """Weights after all epochs with `device`."""
    plan = Plan(epochs, 25, 2e-3, 0.9, largest_weights=(LARGEST_WEIGHT,) * 2)
    loop: Loop[Any] = Loop(device, estimator, plan, seed)
    return loop.train(initial_weights(seed, NETWORK.sizes, INIT), data, after)


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
