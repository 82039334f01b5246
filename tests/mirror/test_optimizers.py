"""The update rules: float64 against torch.optim, fixed point against the stated order of float32 operations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from chain_mirror import chain_layout, chain_of
from places import FIXTURES
from spinn2sim.mirror import fixed_optimizer, float_optimizer
from spinn2sim.mirror.constants import fixed_constants
from spinn2sim.mirror.fixed_optimizer import (
    FixedOptimizerConstants,
    FixedState,
    fixed_optimizer_constants,
    fresh_fixed_state,
    round_weights,
)
from spinn2sim.mirror.float_optimizer import float_optimizer_constants, fresh_state
from spinn2sim.scenario.keys import Optimizer, Scenario

f32 = np.float32
RULES = {
    "adam": Optimizer(0.0019),
    "adam_decay": Optimizer(0.01, beta1=0.8, beta2=0.99, epsilon=1e-6, weight_decay=1e-3),
    "sgd": Optimizer(0.5, kind="sgd"),
    "sgd_momentum": Optimizer(0.3, kind="sgd", momentum=0.9, weight_decay=1e-2),
}


@pytest.fixture(scope="module")
def torch_paths() -> dict[str, NDArray[np.float64]]:
    """tests/fixtures/torch_optim.npz."""
    with np.load(FIXTURES / "torch_optim.npz", allow_pickle=False) as file:
        return dict(file)


@pytest.mark.parametrize("name", sorted(RULES))
def test_float64_follows_torch(torch_paths: dict[str, NDArray[np.float64]], name: str) -> None:
    """40 steps of each rule end and pass where torch.optim's do, to rounding."""
    start = torch_paths["start"]
    state = fresh_state(start.copy())
    for gradient, expected in zip(torch_paths["gradients"], torch_paths[name], strict=True):
        float_optimizer.optimizer_step(
            float_optimizer_constants(RULES[name]), RULES[name].learning_rate, gradient, state
        )
        np.testing.assert_allclose(state.weights, expected, rtol=0, atol=1e-13)


def start_of(weights: NDArray[Any]) -> FixedState:
    """A state before the first step; the raw weights are still to come."""
    raw, none = np.zeros(weights.size, np.int64), np.zeros(0, f32)
    return fresh_fixed_state(raw, weights.astype(f32), none, none.astype(np.int32))


def constants_of(scenario: Scenario, weights: int, batch_size: int) -> FixedOptimizerConstants:
    """The constants of the update of a layer with one input and so many neurons."""
    return fixed_optimizer_constants(scenario, chain_layout(1, weights), np.full(weights, 0.005), batch_size)


@pytest.mark.parametrize("name", sorted(RULES))
def test_fixed_follows_the_stated_order(make_scenario: Callable[..., Scenario], name: str) -> None:
    """Every float32 operation in the order of docs/reference/equations.md, written with numpy scalars: equal to the bit over 25 steps."""
    o = RULES[name]
    scenario = replace(make_scenario(), optimizer=o)
    rng = np.random.default_rng(3)
    start = rng.normal(size=12)
    state, constants, rate = start_of(start), constants_of(scenario, 12, 22), f32(o.learning_rate)
    w, m, v = start.astype(f32), np.zeros(12, f32), np.zeros(12, f32)
    p1 = p2 = f32(1)
    unit = f32(0.005 / (22 * 2.0**19))
    for _ in range(25):
        words = rng.integers(-(2**33), 2**33, 12)
        g = words.astype(f32) * unit
        if o.weight_decay:
            g = g + f32(o.weight_decay) * w
        if o.kind == "adam":
            m = f32(o.beta1) * m + f32(1 - o.beta1) * g
            v = f32(o.beta2) * v + (f32(1 - o.beta2) * g) * g
            p1, p2 = p1 * f32(o.beta1), p2 * f32(o.beta2)
            w = w - ((rate / (f32(1) - p1)) * m) / (np.sqrt(v) / np.sqrt(f32(1) - p2) + f32(o.epsilon))
        else:
            v = f32(o.momentum) * v + g
            w = w - rate * v
        fixed_optimizer.optimizer_step(constants, rate, words, state)
        assert w.dtype == f32
        assert state.master.tobytes() == w.tobytes()


def test_weight_is_rounded_to_its_format(make_scenario: Callable[..., Scenario]) -> None:
    """Nearest with ties up after 16 further bits, saturating and counted; without a master the rounded weight is the state."""
    unit = 2.0**-15
    weights = np.array([0.5 * unit, -0.5 * unit, 0.49 * unit, 1.51 * unit, 70000.0, -70000.0, 1e30])
    for master in (True, False):
        scenario = make_scenario(optimizer={"master": master})
        state, saturated = start_of(weights), np.zeros(4, np.int64)
        layout, constants = chain_layout(1, 7), fixed_constants(scenario, chain_of(scenario, (1, 7)))
        round_weights(constants, constants_of(scenario, state.raw.size, 8), layout, state, 0, 0, saturated)
        assert state.raw.tolist() == [1, 0, 0, 2, 2**31 - 1, -(2**31), 2**31 - 1]
        assert saturated.tolist() == [3, 0, 0, 0]
        expected = weights.astype(f32) if master else state.raw.astype(f32) * f32(unit)
        assert state.master.tobytes() == expected.tobytes()


def test_stochastic_weight_rounding_is_unbiased(make_scenario: Callable[..., Scenario]) -> None:
    """A weight a quarter of a unit above a raw value is rounded up in a quarter of the cases, differently per batch."""
    n = 4000
    scenario = make_scenario(numerics={"rounding": "stochastic"})
    state, saturated = start_of(np.full(n, 10.25 * 2.0**-15)), np.zeros(4, np.int64)
    layout, constants = chain_layout(1, n), fixed_constants(scenario, chain_of(scenario, (1, n)))
    found = []
    for batch in (0, 1):
        round_weights(constants, constants_of(scenario, state.raw.size, 8), layout, state, 5, batch, saturated)
        found.append(state.raw.copy())
        assert set(state.raw.tolist()) == {10, 11}
        assert abs((state.raw == 11).mean() - 0.25) < 0.03  # four standard deviations
    assert (found[0] != found[1]).any()
