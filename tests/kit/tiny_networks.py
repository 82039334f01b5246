"""Small scenarios, samples and chips for the tests of firmware and mapping."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from small_scenario import make_scenario
from spinn2sim.scenario.data.dataset import NO_SPIKE, Dataset, dataset_from_steps
from spinn2sim.scenario.keys import Scenario
from spinn2sim.trace.recorder import TraceRecorder
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.training.run_inputs import RunInputs

Weights = list[NDArray[np.float64]]


def tiny_scenario(changes: dict[str, Any] | None = None, hidden: tuple[int, ...] = (6, 6), steps: int = 12) -> Scenario:
    """A scenario with a few neurons; `changes` by dotted key, such as {"mapping.neurons_per_pe": 2}."""
    scenario = make_scenario(
        {"hidden": hidden, "steps": steps, "init": ((1.0, 1.0),) * (len(hidden) + 1)},
        {"learning_rate": 0.02},
        {"copies": 3},
        name="tiny",
        seed=5,
    )
    for key, value in (changes or {}).items():
        scenario = _with(scenario, key.split("."), value)
    return scenario


def _with(node: Any, path: list[str], value: Any) -> Any:
    return replace(node, **{path[0]: value if len(path) == 1 else _with(getattr(node, path[0]), path[1:], value)})


def tiny_samples(n: int, inputs: int = 4, classes: int = 3, steps: int = 12, seed: int = 1) -> Dataset:
    """`n` samples: each input spikes once in the first half, or (one in eight) never."""
    rng = np.random.default_rng(seed)
    at = rng.integers(0, max(1, steps // 2), (n, inputs))
    at[rng.random((n, inputs)) < 0.125] = NO_SPIKE
    return dataset_from_steps(at, rng.integers(0, classes, n), classes)


def tiny_weights(sizes: tuple[int, ...], seed: int = 2, strength: float = 18.0) -> Weights:
    """Weights (n_out, n_in), mostly positive, so that layers fire often."""
    rng = np.random.default_rng(seed)
    return [rng.normal(strength / a, 0.6 * strength / a, (b, a)) for a, b in pairwise(sizes)]


def tiny_chip(
    changes: dict[str, Any] | None = None,
    hidden: tuple[int, ...] = (6, 6),
    samples: int = 6,
    recorder: TraceRecorder | None = None,
    seed: int = 2,
) -> OnChipTrainer:
    """A 4-(hidden)-3 network with T = 12 on a chip, with its samples."""
    scenario = tiny_scenario(changes, hidden)
    data = tiny_samples(samples)
    return OnChipTrainer(RunInputs(scenario, data, data, tiny_weights((4, *hidden, 3), seed)), recorder)


def packed(weights: Weights) -> bytes:
    """All bits of some weights, to compare."""
    return b"".join(np.ascontiguousarray(w).tobytes() for w in weights)
