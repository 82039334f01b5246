"""Small networks, random samples and scenarios for the mirror's tests, as fixtures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import small_scenario
from spinn2sim.scenario.data.dataset import Dataset
from spinn2sim.scenario.keys import Scenario

MakeScenario = Callable[..., Scenario]
MakeSamples = Callable[..., Dataset]


@pytest.fixture(scope="session")
def make_scenario() -> MakeScenario:
    """A scenario by the keys that a test cares for: tables as dictionaries over defaults."""
    return small_scenario.make_scenario


@pytest.fixture(scope="session")
def make_samples() -> MakeSamples:
    """`n` samples with random input spikes of the given density (a share of steps) and random labels."""

    def make(rng: np.random.Generator, n: int, n_in: int, n_out: int, steps: int, density: float = 0.08) -> Dataset:
        fired = rng.random((n, steps, n_in)) < density
        sample, step, source = np.nonzero(fired)
        first = np.zeros(n + 1, np.int64)
        np.cumsum(np.bincount(sample, minlength=n), out=first[1:])
        labels = rng.integers(n_out, size=n).astype(np.int64)
        return Dataset(first, step.astype(np.int32), source.astype(np.int32), labels, n_in, n_out)

    return make


@pytest.fixture(scope="session")
def make_weights() -> Callable[[np.random.Generator, tuple[int, ...]], list[np.ndarray]]:
    """Weights that make a random network fire now and then in every layer."""

    def make(rng: np.random.Generator, sizes: tuple[int, ...]) -> list[np.ndarray]:
        shapes = [(sizes[k + 1], sizes[k]) for k in range(len(sizes) - 1)]
        return [rng.normal(4.0 / shape[1] ** 0.5, 3.0 / shape[1] ** 0.5, shape) for shape in shapes]

    return make
