"""The rules of the chip's fixed point that a float cannot show: each product rounded, saturation counted, noise by name."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from chain_mirror import chain_mirror, chain_of
from spinn2sim.mirror import record_batch
from spinn2sim.mirror.constants import fixed_constants
from spinn2sim.scenario.data.dataset import Dataset, dataset_from_steps
from spinn2sim.scenario.keys import Loss, Scenario

MakeScenario = Callable[..., Scenario]


def rnd(value: int, factor: int) -> int:
    """value * factor / 2^32 to the nearest, ties up, in Python integers."""
    return (value * factor + (1 << 31)) >> 32


def test_one_neuron_by_hand(make_scenario: MakeScenario) -> None:
    """One synapse, forward and backward, in Python integers of any size: every stored value, the error and the gradient word."""
    steps, weight = 20, 16.75
    scenario = make_scenario({"steps": steps}, loss=Loss(1.5, 0.01, 100.0))
    mirror = chain_mirror(scenario, (1, 1), [np.array([[weight]])], "fixed")
    record = record_batch(mirror, dataset_from_steps(np.array([[2]]), np.array([0]), 1), np.array([0]))
    alpha, beta = (math.floor(math.exp(-1 / tau) * 2**32 + 0.5) for tau in (5, 20))
    one, current, voltage, spikes = 1 << 15, [0] * steps, 0, {}
    for i in range(1, steps):
        current[i] = rnd(current[i - 1], alpha) + (int(weight * one) if i == 3 else 0)
        u = rnd(voltage, beta) + rnd(current[i], 2**32 - beta)
        assert (record.v[0][i, 0, 0], record.i[0][i, 0, 0]) == (u, current[i])
        if u > one:
            spikes[i] = max(1, current[i] - u)
        voltage = 0 if u > one else u
    t = min(spikes)
    assert len(spikes) >= 2
    assert {i: int(record.v_slope[0][i, 0, 0]) for i in spikes} == spikes
    error = math.floor(
        2**19 * 0.01 / 100 * math.exp(t / 100) + 0.5
    )  # a single output has p = 1 - 2^-31, which rounds to 1
    assert record.e[0][:, 0, 0].tolist() == [error if i == t else 0 for i in range(steps)]
    lv = li = word = 0
    for i in range(steps - 2, -1, -1):
        jump = 0
        if i + 1 in spikes:
            n, d = (lv + (error if i + 1 == t else 0)) << 15, spikes[i + 1]
            jump = (2 * n + d) // (2 * d)
        lv, li = rnd(lv, beta) + jump, rnd(li, alpha) + rnd(lv, 2**32 - alpha)
        word -= li if i == 2 else 0
        assert (record.lambda_v[0][i, 0, 0], record.lambda_i[0][i, 0, 0]) == (lv, li)
    assert word != 0
    assert record.grad[0][0, 0] == word


def test_narrow_formats_saturate_and_say_so(make_scenario: MakeScenario, make_samples: Callable[..., Dataset]) -> None:
    """With a state of s1.10 large currents clip at its limits and are counted as state; with s16.15 nothing is."""
    rng = np.random.default_rng(0)
    data = make_samples(rng, 8, 4, 3, 20, 0.2)
    weights = [np.full((3, 4), 1.9)]
    narrow = {"weight": "s1.10", "state": "s1.10", "adjoint": "s16.15", "error": "s16.15"}
    clipped = record_batch(chain_mirror(make_scenario(numerics=narrow), (4, 3), weights, "fixed"), data, np.arange(8))
    wide = record_batch(chain_mirror(make_scenario(), (4, 3), weights, "fixed"), data, np.arange(8))
    assert clipped.i[0].max() == 2**11 - 1
    assert clipped.saturations[1] > 0
    assert not wide.saturations.any()


def test_small_adjoint_and_error_formats_saturate_under_their_own_name(
    make_scenario: MakeScenario, make_samples: Callable[..., Dataset], make_weights: Callable[..., Any]
) -> None:
    """Clipped adjoints and clipped errors are counted apart."""
    rng = np.random.default_rng(1)
    data, weights = make_samples(rng, 8, 4, 3, 20, 0.2), make_weights(rng, (4, 9, 3))
    for fmt, name, index in (("s2.15", "adjoint", 2), ("s2.15", "error", 3)):
        scenario = make_scenario(numerics={name: fmt, "error_shift": 6})
        record = record_batch(chain_mirror(scenario, (4, 9, 3), weights, "fixed"), data, np.arange(8))
        assert record.saturations[index] > 0
        arrays = record.lambda_v + record.lambda_i if name == "adjoint" else record.e
        assert all(-(2**17) <= a.min() <= a.max() < 2**17 for a in arrays)


@pytest.mark.parametrize("shift", [0, 4, 8])
def test_error_shift_only_adds_resolution(make_scenario: MakeScenario, shift: int) -> None:
    """A shift of s makes the softmax error and the push 2^s times as large, to rounding."""
    training = {"silent_guard": "push", "guard_step": 1e-3}
    scenario = make_scenario(training=training, numerics={"error_shift": 0})
    graph = chain_of(scenario, (1, 2))
    base = fixed_constants(scenario, graph)
    moved = fixed_constants(make_scenario(training=training, numerics={"error_shift": shift}), graph)
    assert moved.loss_bits == base.loss_bits + shift
    assert np.abs(moved.push - (base.push << shift)).max() <= 1 << shift
    assert np.abs(moved.label_term - (base.label_term << shift)).max() <= 1 << shift


def test_stochastic_rounding_depends_on_batch_and_slot_by_name(
    make_scenario: MakeScenario, make_samples: Callable[..., Dataset], make_weights: Callable[..., Any]
) -> None:
    """The same batch number draws the same noise; another batch number or slot draws another; nearest depends on neither."""
    rng = np.random.default_rng(2)
    data, weights = make_samples(rng, 8, 4, 3, 20, 0.2), make_weights(rng, (4, 9, 3))
    for rounding in ("nearest", "stochastic"):
        mirror = chain_mirror(make_scenario(numerics={"rounding": rounding}), (4, 9, 3), weights, "fixed")
        first = record_batch(mirror, data, np.arange(8), 0)
        again = record_batch(mirror, data, np.arange(8), 0)
        later = record_batch(mirror, data, np.arange(8), 1)
        moved = record_batch(mirror, data, np.arange(8)[::-1], 0)
        assert (first.v[0] == again.v[0]).all()
        assert (first.v[0] == later.v[0]).all() == (rounding == "nearest")
        assert (first.v[0] == moved.v[0][:, ::-1]).all() == (rounding == "nearest")


def test_stochastic_rounding_has_the_right_mean(
    make_scenario: MakeScenario, make_samples: Callable[..., Dataset], make_weights: Callable[..., Any]
) -> None:
    """Averaged over 400 batches a membrane is that of float64 to a fraction of a raw unit, where nearest may be biased."""
    rng = np.random.default_rng(2)
    data, weights = make_samples(rng, 1, 4, 3, 20, 0.2), [0.03125 * np.round(w / 3) for w in make_weights(rng, (4, 3))]
    exact = record_batch(chain_mirror(make_scenario(), (4, 3), weights, "float64"), data, np.array([0]))
    mirror = chain_mirror(make_scenario(numerics={"rounding": "stochastic"}), (4, 3), weights, "fixed")
    mean = np.mean([record_batch(mirror, data, np.array([0]), batch).v[0] for batch in range(400)], axis=0)
    assert np.abs(exact.v[0]).max() > 0
    assert np.abs(mean - exact.v[0] * 2**15).max() < 0.25
