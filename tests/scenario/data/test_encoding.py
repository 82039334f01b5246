"""The encoding of values as spike steps, by both kinds, and the flat arrays of spike events."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from spinn2sim.scenario import load
from spinn2sim.scenario.data import dataset_from_steps, load_dataset
from spinn2sim.scenario.data.encoding import spike_steps


def test_latency_steps_by_hand(scenarios: Path) -> None:
    """With T = 27, x spikes in step 2 + 24 min(1 - x, 0.99), halves rounded to even; the cap puts the smallest values in step 26."""
    values = np.array([[1.0, 0.5, 0.0, 0.01, 15 / 16, 13 / 16, 0.25]])

    steps = spike_steps(values, load(scenarios / "yinyang.toml"))

    assert steps.tolist() == [[2, 14, 26, 26, 4, 6, 20]]


def test_latency_time_by_hand(scenarios: Path) -> None:
    """With times from 0 to 30 ms at dt = 0.5 ms, x spikes in step 60 (1 - x), halves rounded to even."""
    values = np.array([[1.0, 0.5, 0.0, 7 / 8, 5 / 8]])

    assert spike_steps(values, load(scenarios / "yinyang-fine.toml")).tolist() == [[0, 30, 60, 8, 22]]


@pytest.mark.parametrize("name", ["yinyang", "yinyang-fine"])
def test_larger_values_never_spike_later(scenarios: Path, name: str) -> None:
    """In both encodings, a larger value does not spike later."""
    values = np.linspace(0, 1, 1001)[None, :]

    assert (np.diff(spike_steps(values, load(scenarios / f"{name}.toml"))[0]) <= 0).all()


def test_yinyang_has_four_values_and_a_bias(scenarios: Path) -> None:
    """Yin-Yang has 5 inputs and 3 classes; the bias spikes in step 0 of each sample, and the values in steps 2 to 26."""
    train, test = load_dataset(load(scenarios / "yinyang-demo.toml"))

    assert (len(train), len(test), train.n_inputs, train.n_classes) == (1000, 200, 5, 3)
    assert (np.diff(train.first) == 5).all()
    assert (train.step[train.source == 4] == 0).all()
    assert train.step[train.source != 4].min() >= 2
    assert train.step.max() <= 26
    assert test.values is not None
    assert test.values.shape == (200, 4)


@given(arrays(np.int32, st.tuples(st.integers(1, 8), st.integers(1, 6)), elements=st.integers(-1, 9)))
def test_events_are_the_steps(steps: np.ndarray) -> None:
    """The flat arrays hold each spike once, sorted within a sample by step and then by source, and no silent inputs."""
    dataset = dataset_from_steps(steps, np.zeros(len(steps), np.int64), 1)

    for sample, row in enumerate(steps):
        events = slice(dataset.first[sample], dataset.first[sample + 1])
        expected = sorted((step, source) for source, step in enumerate(row.tolist()) if step >= 0)
        assert list(zip(dataset.step[events].tolist(), dataset.source[events].tolist(), strict=True)) == expected
    assert dataset.first[-1] == len(dataset.step) == len(dataset.source)


@given(arrays(np.int32, st.tuples(st.integers(1, 5), st.integers(1, 4)), elements=st.integers(-1, 9)), st.randoms())
def test_dense_spikes_are_the_events(steps: np.ndarray, random: object) -> None:
    """The dense arrays of the mirror hold the same spikes as the chip's events, for samples in any order."""
    dataset = dataset_from_steps(steps, np.zeros(len(steps), np.int64), 1)
    samples = np.array(random.choices(range(len(steps)), k=3))

    dense = dataset.dense(samples, 10)

    assert dense.dtype == np.uint8
    assert dense.shape == (10, 3, steps.shape[1])
    for slot, sample in enumerate(samples):
        expected = np.arange(10)[:, None] == steps[sample][None, :]
        assert np.array_equal(dense[:, slot].astype(bool), expected)
