"""Keys and the routing table: every packet that a program can send goes to the PEs that must hear it and to no other."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plain_firmware import PlainFirmware, plan_of
from spinn2sim.errors import MappingError
from spinn2sim.graph import chain
from spinn2sim.hardware.facts import ROUTER_ENTRIES
from spinn2sim.hardware.hardware_options import HardwareOptions
from spinn2sim.hardware.packet import NEURON_BITS, NEURON_MASK, Key, Kind
from spinn2sim.hardware.plan import Plan, Share
from spinn2sim.mapping.mapping_options import MappingOptions
from spinn2sim.mapping.partition import partition
from spinn2sim.mapping.place import PlacedNetwork
from spinn2sim.mapping.problem import Problem
from spinn2sim.mapping.routing_keys import prefixes, routing_entries


@given(st.integers(0, 5000), st.integers(0, 700))
def test_prefixes_make_up_exactly_the_range(first: int, length: int) -> None:
    """The blocks are disjoint, aligned, and together the neurons [first, first + length)."""
    covered: list[int] = []
    for value, mask in prefixes(first, first + length):
        size = NEURON_MASK + 1 - mask
        assert size & (size - 1) == 0
        assert value % size == 0
        assert [n for n in (value - 1, value, value + size - 1, value + size) if n & mask == value] == (
            [value, value + size - 1]
        )
        covered += range(value, value + size)
    assert covered == list(range(first, first + length))


def test_prefixes_are_few() -> None:
    """The fewest blocks: one for an aligned range or the whole field, 2 (bits - 1) for the worst one."""
    assert list(prefixes(0, 2**NEURON_BITS)) == [(0, 0)]
    assert list(prefixes(64, 128)) == [(64, NEURON_MASK ^ 63)]
    assert len(list(prefixes(1, 2**NEURON_BITS - 1))) == 2 * (NEURON_BITS - 1)


PLANS = [
    ((4, 6, 6, 3), MappingOptions(copies=3, steps=12)),
    ((4, 6, 3), MappingOptions(copies=3, steps=12, neurons_per_pe=1)),
    ((4, 20, 20, 3), MappingOptions(copies=11, steps=12, sends_guards=True, pes_per_layer=(1, 2, 1, 3))),
    ((45, 123, 90), MappingOptions(copies=2, steps=12, sends_guards=True, neurons_per_pe=37)),
]


def expected_cores(plan: Plan, key: Key) -> list[int]:
    """Who must hear a key, from the shares alone."""
    output = max(share.layer for share in plan.shares)
    loss = next(group.cores for group in plan.groups if group.name == "loss")
    if key.kind == Kind.SPIKE and key.layer == output:
        return [loss[key.copy]]
    layer = key.layer + 1 if key.kind == Kind.SPIKE else key.layer
    return [
        s.core
        for s in plan.shares
        if (s.layer, s.copy) == (layer, key.copy) and (key.kind == Kind.SPIKE or s.first <= key.neuron < s.last)
    ]


@pytest.mark.parametrize(("sizes", "options"), PLANS)
def test_every_key_finds_one_line_and_the_right_pes(sizes: tuple[int, ...], options: MappingOptions) -> None:
    """Each spike, error and guard that a program can send matches exactly one line, which names the PEs that must hear it."""
    plan, guard, output = plan_of(sizes, options), options.sends_guards, len(sizes) - 1
    for copy in range(plan.copies):
        for layer, n in enumerate(sizes):
            kinds = [Kind.SPIKE] + [Kind.ERROR] * (layer > 0) + [Kind.GUARD] * (guard and layer == output)
            for key in (Key(kind, copy, layer, neuron) for kind in kinds for neuron in range(n)):
                word = key.pack()
                assert Key.unpack(word) == key
                hits = [e for e in plan.entries if word & e.mask == e.key]
                assert len(hits) == 1, str(key)
                assert list(hits[0].cores) == expected_cores(plan, key)


@pytest.mark.parametrize(("sizes", "options"), PLANS)
def test_weight_bursts_reach_their_part_in_every_copy(sizes: tuple[int, ...], options: MappingOptions) -> None:
    """A weight burst's key matches one line, whose PEs hold that part in all copies; bursts cover each weight of each copy once."""
    plan = plan_of(sizes, options)
    written: set[tuple[str, int, int]] = set()
    for transfer in (t for t in plan.transfers if t.multicast):
        hits = [e for e in plan.entries if transfer.key & e.mask == e.key]
        assert len(hits) == 1
        assert sorted(hits[0].cores) == sorted(transfer.destination_cores)
        for place in transfer.moves[0].destinations:
            group = next(g for g in plan.groups if g.name == place.place)
            assert group.cores[place.row] in transfer.destination_cores
            words = {(place.place, place.row, word) for word in range(place.first, place.last)}
            assert not words & written
            written |= words
    for layer in range(1, len(sizes)):
        own = [s for s in plan.shares if s.layer == layer]
        stride = max(s.size for s in own)
        found = sum(1 for name, _, _ in written if name == f"lif{layer}")
        assert found == len(own) * sizes[layer - 1] * stride


def test_full_table_is_refused_with_the_numbers() -> None:
    """More lines than the event router has are refused: what is needed, what there is, and which keys would change it."""
    shares = tuple(
        Share(layer, copy, part, part, part + 1, 1) for layer in (0, 1) for copy in range(256) for part in range(64)
    )
    graph = chain((64, 64), False, 20.0, 5.0)
    cut = partition(Problem(graph, 1, MappingOptions(1, 10), HardwareOptions(), PlainFirmware()))
    network = PlacedNetwork(replace(cut, optimizer=()), shares, (1,) * 256, ())
    with pytest.raises(MappingError) as refusal:
        routing_entries(network, guard=False)
    needed = 256 * (1 + 1 + 64)
    assert str(refusal.value) == (
        f"the event router's table needs {needed} entries, there are {ROUTER_ENTRIES}; lower training.copies or "
        "cut populations into fewer parts (mapping.neurons_per_pe or mapping.pes_per_layer)"
    )
