"""What must not matter: threads, batches before, how an epoch is called, samples' order, spikes that act on nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from chain_mirror import chain_mirror
from spinn2sim.hardware.packet import Part
from spinn2sim.mirror import Mirror, model, record_batch
from spinn2sim.scenario.data.dataset import Dataset
from spinn2sim.scenario.keys import Scenario

Arithmetic = Literal["float64", "fixed"]
Weights = list[NDArray[np.float64]]
BOTH = pytest.mark.parametrize("arithmetic", ["float64", "fixed"])
SIZES = (4, 11, 7, 3)


@pytest.fixture
def build(
    make_scenario: Callable[..., Scenario], make_samples: Callable[..., Dataset], make_weights: Callable[..., Weights]
) -> Callable[..., tuple[Mirror, Dataset]]:
    """A mirror of 4-11-7-3 and 45 samples, by arithmetic and seed."""

    def make(arithmetic: Arithmetic, seed: int = 0, **tables: Any) -> tuple[Mirror, Dataset]:
        rng = np.random.default_rng(seed)
        training = {"copies": 10, "silent_guard": "push", "guard_step": 1e-3} | tables.pop("training", {})
        scenario = make_scenario(training=training, **tables)
        data = make_samples(rng, 45, SIZES[0], SIZES[-1], scenario.network.steps, 0.15)
        return chain_mirror(scenario, SIZES, make_weights(rng, SIZES), arithmetic), data

    return make


def bytes_of(mirror: Mirror) -> bytes:
    """The whole state."""
    return b"".join(value.tobytes() for value in mirror.state().values())


@BOTH
@pytest.mark.parametrize("rounding", ["nearest", "stochastic"])
def test_number_of_threads_does_not_matter(
    build: Any, arithmetic: Arithmetic, rounding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two epochs on one and on two threads leave the same bytes, and evaluation gives the same spikes."""
    monkeypatch.setattr(model, "PARALLEL_WORK", 0)
    found = []
    before = numba.get_num_threads()
    for threads in (1, min(2, before)):
        numba.set_num_threads(threads)
        mirror, data = build(arithmetic, numerics={"rounding": rounding})
        for epoch in (1, 2):
            mirror.train_epoch(data, np.arange(45), epoch)
        found.append((bytes_of(mirror), mirror.evaluate(data, 2).first_spikes.tobytes()))
    numba.set_num_threads(before)
    assert found[0] == found[1]


@BOTH
@pytest.mark.parametrize("rounding", ["nearest", "stochastic"])
def test_an_epoch_is_its_batches(build: Any, arithmetic: Arithmetic, rounding: str) -> None:
    """train_epoch is begin_part and train_batch over whole batches; the last incomplete one trains nothing."""
    order = np.random.default_rng(1).permutation(45)
    one, data = build(arithmetic, numerics={"rounding": rounding}, optimizer={"decay": 0.5})
    result = one.train_epoch(data, order, 3)
    other, _ = build(arithmetic, numerics={"rounding": rounding}, optimizer={"decay": 0.5})
    other.begin_part(3, Part.TRAIN)
    parts = [other.train_batch(data, order[k : k + 10], k // 10) for k in range(0, 40, 10)]
    assert one.learning_rate == other.learning_rate == 0.0025
    assert bytes_of(one) == bytes_of(other)
    np.testing.assert_array_equal(result.first_spikes, np.concatenate([p.first_spikes for p in parts]))
    np.testing.assert_array_equal(result.spikes, sum(p.spikes for p in parts))


@BOTH
def test_neuron_state_is_cleared_between_samples_and_batches(build: Any, arithmetic: Arithmetic) -> None:
    """What a batch gives depends on weights and samples, never on what ran before."""
    fresh, data = build(arithmetic)
    expected = record_batch(fresh, data, np.arange(10, 20))
    used, _ = build(arithmetic)
    used.evaluate(data, 1)
    record_batch(used, data, np.arange(0, 10))
    found = record_batch(used, data, np.arange(10, 20))
    for kind in ("spikes", "v", "lambda_v", "e", "grad"):
        for a, b in zip(getattr(expected, kind), getattr(found, kind), strict=True):
            assert a.tobytes() == b.tobytes(), kind


@BOTH
def test_state_round_trip(build: Any, arithmetic: Arithmetic) -> None:
    """A mirror that is given another's state goes on to the same bytes; a state of another shape is refused."""
    one, data = build(arithmetic)
    one.train_epoch(data, np.arange(45), 1)
    saved = one.state()
    other, _ = build(arithmetic, seed=9)
    other.load_state(saved)
    for mirror in (one, other):
        mirror.train_epoch(data, np.arange(45), 2)
    assert bytes_of(one) == bytes_of(other)
    with pytest.raises(ValueError, match="state m: float"):
        other.load_state(saved | {"m": saved["m"][1:]})


@settings(max_examples=15)
@given(order=st.permutations(range(20)))
def test_order_of_samples_in_a_batch_does_not_matter_in_fixed_point(
    make_scenario: Callable[..., Scenario],
    make_samples: Callable[..., Dataset],
    make_weights: Callable[..., Weights],
    order: list[int],
) -> None:
    """Gradient sums are integers: any order of the same samples moves the weights alike."""
    found = []
    for indices in (order, sorted(order)):
        rng = np.random.default_rng(4)
        data = make_samples(rng, 20, 4, 3, 20, 0.15)
        mirror = chain_mirror(make_scenario(), SIZES, make_weights(rng, SIZES), "fixed")
        mirror.train_batch(data, np.array(indices))
        found.append(bytes_of(mirror))
    assert found[0] == found[1]


@BOTH
def test_spikes_of_the_last_step_act_on_nothing(build: Any, arithmetic: Arithmetic) -> None:
    """Input spikes added in step T-1 change no spike and no gradient."""
    mirror, data = build(arithmetic)
    expected = record_batch(mirror, data, np.arange(45))
    steps = mirror.steps
    kept = data.step < steps - 1
    trimmed = np.concatenate(
        ([0], np.cumsum([kept[a:b].sum() for a, b in zip(data.first, data.first[1:], strict=False)]))
    )
    assert not kept.all()
    without = replace(data, first=trimmed.astype(np.int64), step=data.step[kept], source=data.source[kept])
    found = record_batch(mirror, without, np.arange(45))
    for a, b in zip(expected.spikes + expected.grad, found.spikes + found.grad, strict=True):
        assert a.tobytes() == b.tobytes()


@BOTH
def test_a_silent_network_stays_as_it_is(build: Any, arithmetic: Arithmetic) -> None:
    """With weights of zero nothing fires, t = T everywhere, and without guard and decay no weight moves and none is NaN."""
    mirror, data = build(arithmetic, training={"silent_guard": "none"})
    silent = chain_mirror(mirror.scenario, SIZES, [np.zeros_like(w) for w in mirror.weights], arithmetic)
    result = silent.train_epoch(data, np.arange(45), 1)
    assert (result.first_spikes == silent.steps).all()
    assert result.spikes[1:].tolist() == [0, 0, 0]
    assert all((w == 0).all() for w in silent.weights)


@BOTH
def test_evaluation_takes_every_sample_and_moves_nothing(build: Any, arithmetic: Arithmetic) -> None:
    """45 samples with batches of 10: 45 results, in order, the same as one by one, and the state as before."""
    mirror, data = build(arithmetic)
    before = bytes_of(mirror)
    found = mirror.evaluate(data, 1).first_spikes
    assert bytes_of(mirror) == before
    expected = [record_batch(mirror, data, np.array([k])).first_spike[0] for k in range(45)]
    np.testing.assert_array_equal(found, expected)


def test_a_sample_that_does_not_exist_is_refused(build: Any) -> None:
    """An index beyond the data set is an error, not a read beyond an array."""
    mirror, data = build("float64")
    with pytest.raises(ValueError, match=r"samples 0\.\.45 asked for; there are 45"):
        mirror.train_batch(data, np.array([0, 45]))
