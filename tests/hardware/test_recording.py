"""What a recorder in memory keeps."""

from __future__ import annotations

import numpy as np

from spinn2sim.hardware.recording import MemoryRecorder
from spinn2sim.hardware.rows import ROW, ROW_TYPE, TICK_TYPE, Row


def row(seq: int, dst_pe: int) -> Row:
    """A delivery of packet `seq`."""
    values = {name: 0 for name, _ in ROW} | {"seq": seq, "dst_pe": dst_pe, "sent_q": 1000 * seq + dst_pe}
    return tuple(values.values())


def test_deliveries_are_sorted_however_they_come() -> None:
    """Single rows and blocks of rows make one array, by packet and destination, and a block may change afterwards."""
    recorder = MemoryRecorder()
    recorder.add(row(2, 1))
    block = np.array([row(1, 9), row(0, 3), row(1, 4)], ROW_TYPE)
    recorder.extend(block)
    block["seq"] = 77
    found = recorder.deliveries()
    assert found.dtype == ROW_TYPE
    assert found["sent_q"].tolist() == [3, 1004, 1009, 2001]


def test_packets_of_every_batch_are_kept_and_no_wakes() -> None:
    """An engine is asked for all deliveries; wakes that come all the same are dropped."""
    recorder = MemoryRecorder()
    assert recorder.wants(0)
    assert recorder.wants(10**6)
    assert not recorder.wants_wakes(0)
    recorder.tick((0,) * len(TICK_TYPE.fields or ()))
    recorder.extend_ticks(np.zeros(3, TICK_TYPE))
    assert len(recorder.deliveries()) == 0
