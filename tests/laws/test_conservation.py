"""Under any load every delivery has one outcome, programs see what was not lost, and times obey the network."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings

from random_loads import loads, play
from spinn2sim.hardware.counters import DMA
from spinn2sim.hardware.packet import Outcome


@settings(max_examples=40, deadline=None)
@given(loads())
def test_every_delivery_has_exactly_one_outcome(load: dict[str, Any]) -> None:
    """Per kind, what was sent times its destinations = outcomes, counted from the scripts; nothing is in flight when the chip is quiet."""
    chip, result = play(load)
    counters = result.counters
    due = np.zeros_like(counters.due)
    ran = {(taken.core, taken.batch, taken.step) for taken in chip.program.log}
    for pe, script in chip.program.scripts.items():
        for (batch, step), sends in script.sends.items():
            for send in sends if (pe, batch, step) in ran else ():
                kind = DMA if send.transfer >= 0 else send.key >> 30
                line = next((e for e in chip.plan.entries if send.key & e.mask == e.key), None)
                due[kind] += len(line.cores) if line is not None and kind != DMA else 1
    assert counters.due.tolist() == due.tolist()
    assert counters.outcomes.sum(axis=1).tolist() == due.tolist()
    assert counters.in_flight.sum() == 0
    assert len(chip.rows["seq"]) == due.sum()
    if load["policy"] == "stall":
        assert counters.outcomes[:, Outcome.DROPPED].sum() == 0
    assert counters.fifo_high_water.max() <= load["capacity"]


@settings(max_examples=25, deadline=None)
@given(loads())
def test_programs_see_exactly_what_was_neither_lost_nor_left(load: dict[str, Any]) -> None:
    """Packets in inboxes = deliveries on time, late, early or unmatched, less those that were left in a FIFO at the end."""
    chip, result = play(load)
    taken = sum(len(entry.keys) for entry in chip.program.log)
    outcome = result.counters.outcomes[:DMA].sum(axis=0)
    arrived = sum(outcome[o] for o in (Outcome.ON_TIME, Outcome.LATE, Outcome.EARLY, Outcome.UNMATCHED))
    left = arrived - taken
    assert 0 <= left <= outcome[Outcome.LATE]


@settings(max_examples=25, deadline=None)
@given(loads())
def test_times_of_a_trace_obey_the_laws_of_the_network(load: dict[str, Any]) -> None:
    """No packet is faster than its unloaded time, seq is the rank by (send time, core), and no quad takes two flits in one service."""
    chip, _ = play(load)
    rows = chip.rows
    assert (rows["queued_q"] >= 0).all()  # type: ignore[operator]
    order = list(zip(rows["sent_q"].tolist(), rows["src_pe"].tolist(), strict=True))
    assert order == sorted(order)
    firsts = np.unique(rows["seq"])
    assert firsts.tolist() == list(range(len(firsts)))
    spikes = (rows["dst_pe"] > 0) & (rows["bytes"] == 0)  # type: ignore[operator]
    for pe in set(rows["dst_pe"][spikes].tolist()):
        there = np.sort(rows["delivered_q"][spikes & (rows["dst_pe"] == pe)])
        assert (np.diff(there) >= 40).all()
