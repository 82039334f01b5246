"""The recorder: columns, their order, samples, windows; and the counts that go beside it."""

from __future__ import annotations

import numpy as np
import pytest

from spinn2sim.errors import BalanceError
from spinn2sim.hardware.counters import Counters, FirstLoss
from spinn2sim.hardware.packet import Key, Kind, Outcome, Part
from spinn2sim.hardware.rows import COPY_OF_KEY, IS_DMA, ROW, Row
from spinn2sim.scenario.keys import Trace
from spinn2sim.trace.recorder import TraceRecorder


def row(seq: int = 0, **changes: int) -> Row:
    """A spike of copy 1, layer 2, neuron 9; `changes` by column name."""
    values = {name: 0 for name, _ in ROW} | {"seq": seq, "copy": COPY_OF_KEY, "key": Key(Kind.SPIKE, 1, 2, 9).pack()}
    return tuple((values | changes).values())


def columns(*rows: Row, copies: int = 2, order: tuple[int, ...] = (7, 5, 3)) -> dict[str, list[object]]:
    """The columns that come of `rows` in a training part of epoch 4."""
    recorder = TraceRecorder(Trace("all"), copies)
    recorder.begin_part(4, Part.TRAIN, np.array(order))
    for one in rows:
        recorder.add(one)
    return {name: column.tolist() for name, column in recorder.end_part().items()}


def test_rows_are_sorted_by_packet_and_destination_whatever_order_they_come_in() -> None:
    """Rows come when their outcome is known, and are written in the order of the send."""
    found = columns(row(2, dst_pe=1), row(0, dst_pe=9), row(0, dst_pe=3), row(1, dst_pe=2))
    assert list(zip(found["seq"], found["dst_pe"], strict=True)) == [(0, 3), (0, 9), (1, 2), (2, 1)]


def test_key_gives_layer_neuron_and_with_the_order_the_sample() -> None:
    """Copy c of batch b holds sample order[b * copies + c]; beyond the end of a part there is none."""
    found = columns(row(0), row(1, batch=1), row(2, key=Key(Kind.ERROR, 0, 1, 4).pack(), batch=1))
    assert found["sample"] == [5, -1, 3]
    assert (found["layer"], found["neuron"]) == ([2, 2, 1], [9, 9, 4])
    assert found["kind"] == [0, 0, 1]
    assert found["epoch"] == [4, 4, 4]


def test_dma_has_its_own_kind_and_no_neuron() -> None:
    """A direct transfer has neither layer nor neuron, and the sample of the copy that it serves; weights have a
    layer."""
    weights = Key(Kind.WEIGHTS, 0, 2, 1).pack()
    found = columns(row(0, flags=IS_DMA, key=0, bytes=64, copy=0), row(1, flags=IS_DMA, key=weights, bytes=32, copy=-1))
    assert found["kind"] == [2, 2]
    assert (found["layer"], found["neuron"], found["sample"]) == ([-1, 2], [-1, -1], [7, -1])


def test_large_keys_and_times_keep_their_values() -> None:
    """A guard key has its highest bit set; times pass 2^40 in a long run."""
    key, wide = Key(Kind.GUARD, 191, 15, 2**18 - 1), Key(Kind.GUARD, 7, 4095, 2**13 - 1)
    found = columns(
        row(2**40, key=key.pack(), sent_q=2**45, delivered_q=2**45 + 1),
        row(2**40 + 1, key=wide.pack(), sent_q=2**45, delivered_q=2**45 + 1),
        copies=192,
        order=tuple(range(192)),
    )
    assert found["key"] == [key.pack(), wide.pack()]
    assert found["kind"] == [3, 3]
    assert (found["layer"], found["neuron"]) == ([15, 4095], [2**18 - 1, 2**13 - 1])
    assert (found["sent_q"][0], found["seq"][0], found["sample"]) == (2**45, 2**40, [191, 7])


def test_window_is_of_one_epochs_training() -> None:
    """Batches first..last inclusive of the training part of that epoch, and nothing else."""
    recorder = TraceRecorder(Trace("window", epoch=2, first_batch=3, last_batch=4), 1)
    wanted = set()
    for epoch in (1, 2, 3):
        for part in (0, 1):
            recorder.begin_part(epoch, part, np.arange(9))
            wanted |= {(epoch, part, batch) for batch in range(9) if recorder.wants(batch)}
    assert wanted == {(2, 0, 3), (2, 0, 4)}


def test_rows_of_a_part_do_not_reach_the_next() -> None:
    """Each part starts empty, also after one that was interrupted."""
    recorder = TraceRecorder(Trace("all"), 1)
    recorder.begin_part(1, Part.TRAIN, np.arange(1))
    recorder.add(row(0))
    recorder.begin_part(1, Part.TRAIN, np.arange(1))
    recorder.add(row(5))
    assert recorder.end_part()["seq"].tolist() == [5]
    assert recorder.end_part()["seq"].tolist() == []


def test_counts_that_do_not_balance_are_refused_by_kind() -> None:
    """One delivery without an outcome is named with its kind and both numbers."""
    counters = Counters()
    counters.due[Kind.ERROR] = 3
    counters.outcomes[Kind.ERROR, Outcome.LATE] = 1
    counters.in_flight[Kind.ERROR] = 1
    with pytest.raises(BalanceError, match="kind error: 3 deliveries due, but outcomes and in flight make 2"):
        counters.balance()
    counters.in_flight[Kind.ERROR] = 2
    counters.balance()


def test_counters_add_up_and_keep_the_first_loss_and_the_highest_mark() -> None:
    """Sums are added, high-water marks are not, and the earlier loss is the first."""
    early, late = FirstLoss((5, 0, 1), 1, 0, 3, 9), FirstLoss((8, 0, 2), 2, 1, 4, 7)
    one = Counters(channel_names=("a",), channel_flits=np.array([2]), first={"late spike": late})
    two = Counters(channel_names=("a",), channel_flits=np.array([3]), first={"late spike": early, "overruns": late})
    one.fifo_high_water[7], two.fifo_high_water[7] = 4, 9
    one.sent[0], two.sent[0] = 10, 20
    one.outcomes[0, Outcome.LATE], two.overruns[2] = 1, 2
    both = one + two
    assert (both.sent[0], both.fifo_high_water[7], both.channel_flits.tolist()) == (30, 9, [5])
    assert both.first == {"late spike": early, "overruns": late}
    assert [str(loss) for loss in both.losses()] == [
        "late spike: 1 (first at PE 1, batch 0, tick 3, key 0x00000009)",
        "overruns: 2 (first at PE 2, batch 1, tick 4, key 0x00000007)",
    ]
    assert (Counters() + one).channel_flits.tolist() == [2]
