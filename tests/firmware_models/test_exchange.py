"""The exchange of sums between chips, with kernels called directly and packets handed along a tree; no engine and no plan."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchanging_chips import COPIES, LEARNS, PRE_ROWS, SIZES, STRIDE, UNITS, ExchangingChip, exchange, make_tree
from firmware_models.programs import exchange as kernels
from firmware_models.programs.exchange_state import MOST_CHUNK_WORDS, chunk_packets
from firmware_models.words import EXCHANGE
from spinn2sim.hardware.board import exchange_keys
from spinn2sim.hardware.board.exchange_keys import ExchangeKey, Role, partial_route, total_route
from spinn2sim.hardware.packet import KIND_SHIFT, Kind, Phase, RoutingEntry
from spinn2sim.hardware.routing_table import RoutingTable


@st.composite
def trees(draw: st.DrawFn) -> list[int]:
    """The parent of each of 2 to 7 chips, in any order of numbers; the root is its own."""
    size = draw(st.integers(2, 7))
    number = draw(st.permutations(range(size)))
    parents = [0] * size
    for chip in range(size):
        parents[number[chip]] = number[draw(st.integers(max(0, chip - 3), chip - 1))] if chip else number[0]
    return parents


def fill(chips: list[ExchangingChip], rng: np.random.Generator) -> tuple[Any, Any]:
    """Put gradients of all sizes and signs into the buffers, and return their sums and those of the counts over all chips."""
    gradients, counts = [], []
    for chip in chips:
        state = chip.program.state
        state.buffer[:] = rng.integers(-(2**58), 2**58, state.buffer.shape) >> rng.integers(0, 58, state.buffer.shape)
        # Sums that carry from one half of a word into the other.
        edge = rng.random(state.buffer.shape) < 0.3
        state.buffer[edge] = rng.choice([-1, 2**32 - 1, 2**32, -(2**32), 2**31, -(2**31) - 1], edge.sum())
        state.count_buffer[:] = rng.integers(0, 2**28, state.count_buffer.shape)
        gradients.append(state.buffer.sum(axis=1))
        counts.append(state.count_buffer.sum(axis=1, dtype=np.int64))
    return np.sum(gradients, axis=0), np.sum(counts, axis=0)


@settings(deadline=None, max_examples=40)
@given(trees(), st.integers(1, 20), st.booleans(), st.integers(0, 2**32 - 1))
def test_every_chip_has_the_sum_over_all_chips(parents: list[int], chunk: int, listed: bool, seed: int) -> None:
    """On each chip of any tree, with any chunk and any order of packets, all words that a PE holds end as numpy's sum, and no wake is
    longer than its bound."""
    rng = np.random.default_rng(seed)
    exists = (rng.random((len(SIZES), max(PRE_ROWS) * STRIDE)) < 0.5).astype(np.uint8) if listed else None
    chips = make_tree(parents, chunk, exists)
    gradients, counts = fill(chips, rng)
    exchange(chips, parents, rng)
    weights = set()
    for chip in chips:
        state = chip.program.state
        for row in np.flatnonzero(LEARNS):
            words = [p * STRIDE + j for p in range(PRE_ROWS[row]) for j in range(SIZES[row])]
            words = [w for w in words if exists is None or exists[row, w]]
            np.testing.assert_array_equal(state.total[row, words], gradients[row, words])
            np.testing.assert_array_equal(state.count_total[row, : SIZES[row]], counts[row, : SIZES[row]])
        weights.add(state.weight.tobytes())
        assert not chip.over
        assert not chip.unmatched
        assert chip.longest <= chunk_packets(chunk) * (chip.senders + 1)
    assert len(weights) == 1


def test_a_deep_chain_sends_one_chunk_after_the_other() -> None:
    """A chip of depth d sends chunk k at tick k + D - d and at no other, so that a chunk takes one tick for each link of its way up."""
    chips = make_tree([0, 0, 1, 2], 4, None)
    chunks = chips[0].program.state.exchange.chunks
    for chip in chips:
        sent = [len(chip.step(Phase.EXCHANGE, t)) for t in range(chunks + 3)]
        sends = [t for t, packets in enumerate(sent) if packets]
        assert sends == list(range(3 - chip.depth, 3 - chip.depth + chunks))
        assert chip.unmatched == []


STRAYS = {
    "another unit": ExchangeKey(Role.PARTIAL, 1, 6, 0).pack(),
    "its own partial sum": ExchangeKey(Role.PARTIAL, 0, UNITS[0], 0).pack(),
    "a total at the root": ExchangeKey(Role.TOTAL, 0, UNITS[0], 0).pack(),
    "beyond the chunk": ExchangeKey(Role.PARTIAL, 1, UNITS[0], 2).pack(),
    "no role": (Kind.WEIGHTS << KIND_SHIFT) | (UNITS[0] << 10),
    "a spike": UNITS[0] << 10 | 1 << 28 | 1 << 20,
}


@pytest.mark.parametrize("key", STRAYS.values(), ids=STRAYS.keys())
def test_what_is_no_packet_of_the_exchange_changes_nothing(key: int) -> None:
    """A PE takes no notice of any other packet than partial sums and totals of its unit, and says so."""
    root = make_tree([0, 0], 4, None)[0]
    root.step(Phase.REDUCE)
    root.step(Phase.EXCHANGE, 0)
    before = root.program.state.total.copy()
    root.inbox[0] = [(key, 7, 8), (ExchangeKey(Role.PARTIAL, 1, UNITS[0], 0).pack(), 5, -6)]
    root.step(Phase.EXCHANGE, 1)
    assert root.unmatched == [(key, 7, 8)]
    assert (root.program.state.total[0, :2] - before[0, :2]).tolist() == [5, -6]


def test_kernel_and_host_mean_the_same_keys() -> None:
    """Fields, roles and limits of the keys are the same in the firmware and where mapping makes routing entries from them."""
    for name in ("ROLE_SHIFT", "CHIP_SHIFT", "UNIT_SHIFT"):
        assert getattr(kernels, name) == getattr(exchange_keys, name)
    assert MOST_CHUNK_WORDS == exchange_keys.MOST_CHUNK_WORDS
    assert kernels.PACKET_WORDS == exchange_keys.PACKET_WORDS
    assert tuple(Role) == (kernels.PARTIAL, kernels.TOTAL)
    assert kernels.CHIP_MASK + 1 == exchange_keys.MOST_CHIPS
    assert kernels.UNIT_MASK + 1 == exchange_keys.MOST_UNITS
    assert EXCHANGE == Phase.EXCHANGE
    assert COPIES > 1


@given(st.sampled_from(Role), st.integers(0, 255), st.integers(0, 1023), st.integers(0, 1023))
def test_routing_entries_look_at_all_but_the_index(role: Role, chip: int, unit: int, index: int) -> None:
    """A key is taken apart as it was put together, and the entry of its chip and unit matches it and no other one's."""
    key = ExchangeKey(role, chip if role is Role.PARTIAL else 0, unit, index)
    assert ExchangeKey.unpack(key.pack()) == key
    routes = (partial_route(chip, unit), total_route(unit), partial_route(chip ^ 1, unit), total_route(unit ^ 1))
    table = RoutingTable([RoutingEntry(*route, (at,)) for at, route in enumerate(routes)])
    assert table.match(key.pack()) == (0 if role is Role.PARTIAL else 1)


@pytest.mark.parametrize(("chip", "unit"), [(256, 0), (0, 1024), (-1, 0)])
def test_a_field_that_does_not_fit_is_refused(chip: int, unit: int) -> None:
    """A key never spills into its neighbour's field."""
    with pytest.raises(ValueError, match="allowed is 0 to"):
        ExchangeKey(Role.PARTIAL, chip, unit).pack()
