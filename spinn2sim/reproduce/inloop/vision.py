"""MNIST at 16 x 16 as latencies, 256-246-10 with a readout that integrates: the vision task of Cramer et al. 2022, in a reduced size.

doi:10.1073/pnas.2109194119. It never chooses an epoch by the test split.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from spinn2sim.data.labelled import LabelledSpikes
from spinn2sim.data.vision import load_vision
from spinn2sim.estimators.surrogate import PeakSurrogate
from spinn2sim.loop.device import Device, Floats
from spinn2sim.loop.trainer import Examples, Loop, Plan, Progress, initial_weights
from spinn2sim.scenario.seeds import generator
from spinn2sim.spec.continuous import Network
from spinn2sim.substrate.settings import Settings

US = 1e-6
NETWORK = Network((256, 246, 10), 6 * US, 6 * US, 30 * US, "max_voltage")
LARGEST_WEIGHT = 0.949  # one synapse a weight: docs/substrate.md
DEVICE = Settings(largest_weight=(LARGEST_WEIGHT,))
INIT = ((0.03, 0.15), (0.0, 0.1))
ESTIMATOR = PeakSurrogate(steepness=10.0, scale=4.0)


@cache
def examples(folder: Path, train: int, test: int) -> tuple[Examples, Examples]:
    """So many images to train and to test with, always the same ones. Raises DataError."""
    splits = load_vision(folder)
    return _some(splits.train, train, "train"), _some(splits.test, test, "test")


def _some(part: LabelledSpikes, count: int, name: str) -> Examples:
    order = generator(0, f"vision {name}").permutation(len(part.labels))
    return Examples(part.spikes, part.labels).take(order[:count])


def train(
    device: Device, seed: int, epochs: int, data: Examples, after: Callable[[Progress], None]
) -> tuple[Floats, ...]:
    """Weights after all epochs in the loop with `device`."""
    plan = Plan(epochs, 25, 2e-3, 0.9, largest_weight=LARGEST_WEIGHT)
    return Loop(device, ESTIMATOR, plan, seed).train(initial_weights(seed, NETWORK.sizes, INIT), data, after)
