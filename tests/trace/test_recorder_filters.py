"""The recorder's filters: they choose rows by tick, sample, PE and kind, and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from spinn2sim.hardware.packet import Key, Kind, Part
from spinn2sim.hardware.rows import COPY_OF_KEY, IS_DMA, ROW, TICK
from spinn2sim.scenario.keys import Trace
from spinn2sim.trace.recorder import TraceRecorder

SPIKE, ERROR = Key(Kind.SPIKE, 0, 1, 5).pack(), Key(Kind.ERROR, 1, 1, 5).pack()
DELIVERIES: list[dict[str, int]] = [
    {"seq": 0, "key": SPIKE, "src_pe": 10, "dst_pe": 20, "tick": 0},
    {"seq": 1, "key": SPIKE, "src_pe": 20, "dst_pe": 30, "tick": 1},
    {"seq": 2, "key": ERROR, "src_pe": 30, "dst_pe": 10, "tick": 2},
    {"seq": 3, "key": 0, "flags": IS_DMA, "copy": -1, "bytes": 16, "src_pe": 40, "tick": -1},
    {"seq": 4, "key": SPIKE, "src_pe": 40, "dst_pe": 50, "tick": 2, "batch": 1},
]


def chosen(**filters: Any) -> list[int]:
    """Return the numbers of the packets that pass, of samples 100 (copy 0) and 101 in batch 0, and 102 in batch 1."""
    recorder = TraceRecorder(Trace("all", **filters), 2)
    recorder.begin_part(1, Part.TRAIN, np.array([100, 101, 102]))
    for delivery in DELIVERIES:
        values = {name: 0 for name, _ in ROW} | {"copy": COPY_OF_KEY} | delivery
        if recorder.wants(values["batch"]):
            recorder.add(tuple(values.values()))
    return [int(seq) for seq in recorder.end_part()["seq"]]


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        ({}, [0, 1, 2, 3, 4]),
        ({"ticks": (1, 2)}, [1, 2, 4]),
        ({"ticks": (-1, 0)}, [0, 3]),
        ({"samples": (101,)}, [2]),
        ({"samples": (100, 102)}, [0, 1, 4]),
        ({"pes": (20,)}, [0, 1]),
        ({"kinds": ("error", "dma")}, [2, 3]),
        ({"kinds": ("spike",), "ticks": (1, 1), "pes": (30,)}, [1]),
        ({"kinds": ("guard",)}, []),
    ],
)
def test_each_filter_keeps_what_it_names(filters: dict[str, Any], numbers: list[int]) -> None:
    """Ticks are those of the send, PEs sender or receiver; several filters hold together."""
    assert chosen(**filters) == numbers


def test_a_batch_without_the_sample_is_not_traced_at_all() -> None:
    """With samples asked for, the engine need not report batches that hold none of them."""
    recorder = TraceRecorder(Trace("all", samples=(102,)), 2)
    recorder.begin_part(1, Part.TRAIN, np.array([100, 101, 102, 103]))
    assert [recorder.wants(batch) for batch in range(3)] == [False, True, False]


def test_wakes_are_chosen_by_tick_and_pe_and_ordered_by_time() -> None:
    """A wake is of no kind and of all samples of its PE; wakes at one instant stand by core id."""
    recorder = TraceRecorder(Trace("all", ticks=(1, 2), pes=(7, 8), kinds=("error",)), 1)
    recorder.begin_part(1, Part.TRAIN, np.arange(1))
    for tick, pe, woke_q in ((0, 7, 100), (1, 8, 200), (1, 7, 200), (1, 9, 200), (2, 7, 300)):
        values = {name: 0 for name, _ in TICK} | {"tick": tick, "pe": pe, "woke_q": woke_q, "n_packets": pe}
        recorder.tick(tuple(values.values()))
    found = recorder.end_ticks()
    assert list(zip(found["tick"], found["pe"], strict=True)) == [(1, 7), (1, 8), (2, 7)]
    assert found["fifo_high"].tolist() == [7, 8, 7]
