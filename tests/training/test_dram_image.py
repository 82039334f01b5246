"""What the host writes to DRAM, compared with the data set, for any partition of the input layer; no transfer is run."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_models.words import aligned_words
from spinn2sim.graph import chain
from spinn2sim.hardware.packet import Kind
from spinn2sim.hardware.plan import DRAM_LABELS, dram_samples
from spinn2sim.training.dram_image import dram_rows, whole_batches
from spinn2sim.training.firmware_of_scenario import make_firmware
from spinn2sim.training.plan_of_scenario import make_plan
from tiny_networks import tiny_chip, tiny_samples, tiny_scenario


@given(st.integers(1, 9), st.integers(1, 5), st.integers(1, 6), st.integers(0, 20), st.integers(0, 99))
def test_records_are_the_samples_events_for_any_split(
    inputs: int, per_pe: int, copies: int, picks: int, seed: int
) -> None:
    """Each slot's records, over the parts of the input layer, are its sample's events in order; a missing sample has none."""
    data = tiny_samples(7, inputs, seed=seed)
    scenario = tiny_scenario({"training.copies": copies, "mapping.neurons_per_pe": per_pe}, (2,))
    events = max(1, int(np.diff(data.first).max()))
    graph = chain((inputs, 2, 3), False, 20.0, 5.0)
    plan = make_plan(scenario, graph, events, make_firmware(scenario))
    order = np.random.default_rng(seed).integers(0, 7, picks)
    slots = whole_batches(order, copies)
    assert len(slots) % copies == 0
    assert slots[:picks].tolist() == order.tolist()
    assert set(slots[picks:].tolist()) <= {-1}
    arrays = dram_rows(plan, graph, data, slots)
    parts = [s for s in plan.shares if s.layer == 0 and s.copy == 0]
    assert set(arrays) == {DRAM_LABELS, *(dram_samples(0, p.part) for p in parts)}
    for at, sample in enumerate(slots.tolist()):
        assert arrays[DRAM_LABELS][at].tolist() == [data.labels[sample] if sample >= 0 else -1, -1, -1, -1]
        mine = slice(data.first[sample], data.first[sample + 1]) if sample >= 0 else slice(0, 0)
        expected = list(zip(data.step[mine].tolist(), data.source[mine].tolist(), strict=True))
        found = []
        for part in parts:
            record = arrays[dram_samples(0, part.part)][at]
            assert len(record) == 1 + events
            words = record[1 : 1 + record[0]].tolist()
            assert all(part.first <= word & 0xFFFF < part.last for word in words)
            assert words == sorted(words)
            found += [(word >> 16, word & 0xFFFF) for word in words]
        assert sorted(found) == expected


@pytest.mark.parametrize(("n_out", "words"), [(1, 4), (4, 4), (5, 8)])
def test_results_are_aligned(n_out: int, words: int) -> None:
    """The length of a result row is a multiple of 16 bytes, the unit of a DMA transfer with DRAM."""
    assert aligned_words(n_out) == words


def test_partial_last_batch_is_evaluated_and_the_empty_slots_stay_silent() -> None:
    """Seven test samples on three copies: the two empty slots send nothing, and each sample's result is its own."""
    some = tiny_chip(samples=7).evaluate(1)
    assert (some.first_spikes.shape, some.batches) == ((7, 3), 3)
    assert some.counters is not None
    assert some.counters.sent[Kind.SPIKE] == some.spikes.sum()
    alone = tiny_chip({"training.copies": 1}, samples=7).evaluate(1)
    assert alone.first_spikes.tolist() == some.first_spikes.tolist()
    assert alone.spikes.tolist() == some.spikes.tolist()


def test_training_drops_the_incomplete_batch() -> None:
    """Eight samples on three copies make two batches; the last two samples do not change the weights."""
    ends = []
    for order in (np.arange(8), np.array([0, 1, 2, 3, 4, 5, 7, 6]), np.arange(6)):
        chip = tiny_chip(samples=8)
        assert chip.train(1, order).batches == 2
        ends.append([w.tobytes() for w in chip.weights])
    assert ends[0] == ends[1] == ends[2]
