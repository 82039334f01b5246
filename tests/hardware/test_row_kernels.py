"""Deliveries that kernels put in order and take apart are those of numpy and of the packets' own keys."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spinn2sim.hardware.packet import Key, Kind
from spinn2sim.hardware.row_kernels import NO_SAMPLE, order_of, split_deliveries
from spinn2sim.hardware.rows import COPY_OF_KEY, HAS_PAYLOAD, IS_DMA, NO_COPY, ROW_TYPE

KINDS = np.array([10, 11, 12, 13, 14], np.int8)
TAKEN_OVER = [name for name in ROW_TYPE.names or () if name not in ("flags", "copy")]


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 255)), max_size=60),
    st.integers(0, 1 << 50),
    st.sampled_from([1, 1 << 40]),
)
@settings(max_examples=200)
def test_the_order_is_that_of_a_stable_sort(pairs: list[tuple[int, int]], least: int, spread: int) -> None:
    """Keys that lie close together, which are counted, and keys that do not, are put in the order of a stable sort."""
    keys = np.array([(least + number * spread) << 8 & (1 << 62) - 1 | second for number, second in pairs], np.int64)
    assert order_of(keys).tolist() == np.argsort(keys, kind="stable").tolist()


@pytest.mark.parametrize("copy", [COPY_OF_KEY, NO_COPY, 2, 5])
@given(st.data())
@settings(max_examples=40)
def test_a_delivery_is_taken_apart_as_its_key_says(copy: int, data: st.DataObject) -> None:
    """Columns are the fields of the row, and kind, layer, neuron and sample those of the packet, in short and in wide keys."""
    wide = data.draw(st.booleans())
    layer = data.draw(st.integers(16, 4095) if wide else st.integers(0, 15))
    packet = Key(
        data.draw(st.sampled_from([Kind.SPIKE, Kind.ERROR])),
        data.draw(st.integers(0, 7 if wide else 150)),
        layer,
        data.draw(st.integers(0, (1 << 13) - 1)),
    )
    rows = np.zeros(1, ROW_TYPE)
    for name in TAKEN_OVER:
        rows[name] = data.draw(st.integers(0, 100))
    rows["key"], rows["copy"], rows["batch"] = packet.pack(), copy, data.draw(st.integers(0, 2))
    rows["flags"] = data.draw(st.sampled_from([0, HAS_PAYLOAD]))
    order, copies = np.arange(100, 110), 4
    found = split_deliveries(rows, order, copies, KINDS)._asdict()
    assert {name: found[name][0] for name in TAKEN_OVER} == {name: rows[name][0] for name in TAKEN_OVER}
    assert (found["kind"][0], found["layer"][0], found["neuron"][0]) == (KINDS[packet.kind], layer, packet.neuron)
    assert bool(found["has_payload"][0]) == bool(rows["flags"][0] & HAS_PAYLOAD)
    of = packet.copy if copy == COPY_OF_KEY else copy
    slot = int(rows["batch"][0]) * copies + of
    assert found["sample"][0] == (order[slot] if 0 <= of < copies and slot < len(order) else NO_SAMPLE)


@pytest.mark.parametrize(("key", "layer"), [(0, -1), (5 << 18 | 3, 5)])
def test_a_transfer_has_no_neuron(key: int, layer: int) -> None:
    """A DMA transfer has its own kind, no neuron, and a layer only if it has a key."""
    rows = np.zeros(1, ROW_TYPE)
    rows["key"], rows["flags"], rows["copy"] = key, IS_DMA, NO_COPY
    found = split_deliveries(rows, np.arange(4), 1, KINDS)
    assert (found.kind[0], found.layer[0], found.neuron[0], found.sample[0]) == (14, layer, -1, NO_SAMPLE)


def test_a_sum_names_no_neuron() -> None:
    """A packet that carries a sum between chips has the kind of its key, no layer and no neuron."""
    rows = np.zeros(1, ROW_TYPE)
    rows["key"], rows["copy"] = Kind.WEIGHTS << 30 | 5 << 18 | 3, NO_COPY
    found = split_deliveries(rows, np.arange(4), 1, KINDS)
    assert (found.kind[0], found.layer[0], found.neuron[0], found.sample[0]) == (KINDS[Kind.WEIGHTS], -1, -1, NO_SAMPLE)
