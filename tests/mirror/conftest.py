"""Small networks, random samples and scenarios for the mirror's tests, as fixtures; it tests nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from spinn2sim.scenario.data.dataset import Dataset
from spinn2sim.scenario.keys import Loss, Network, Numerics, Optimizer, Scenario, Training

MakeScenario = Callable[..., Scenario]
MakeSamples = Callable[..., Dataset]


@pytest.fixture(scope="session")
def make_scenario() -> MakeScenario:
    """A scenario by the keys that a test cares for: tables as dictionaries over defaults."""

    def make(
        network: dict[str, Any] | None = None,
        optimizer: dict[str, Any] | None = None,
        training: dict[str, Any] | None = None,
        numerics: dict[str, Any] | None = None,
        **fields: Any,
    ) -> Scenario:
        base = Scenario(
            name="test",
            network=Network((), 20, 1.0, 20.0, 5.0, (), "exponential_euler", "to_zero"),
            loss=Loss(xi_ms=1.5, a=0.01, b_ms=100.0),
            optimizer=replace(Optimizer(0.01), **(optimizer or {})),
            training=replace(Training(1, 8), **(training or {})),
            numerics=replace(Numerics(), **(numerics or {})),
        )
        return replace(base, network=replace(base.network, **(network or {})), **fields)

    return make


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
