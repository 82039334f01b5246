"""Laws under random load: counts balance, nothing is lost silently, the same run gives the same trace, the trace
changes nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from scripted_programs import Chip, Script, Send, build
from spinn2sim.hardware.counters import DMA, Counters
from spinn2sim.hardware.engines.base import EngineResult
from spinn2sim.hardware.packet import Key, Kind, Outcome, Part, RoutingEntry
from spinn2sim.hardware.plan import Move, Slice, Transfer

CORES = (1, 2, 3, 4, 77, 101, 102, 129, 149)
KEYS = [Key(kind, copy, 1, 0).pack() for kind in (Kind.SPIKE, Kind.ERROR, Kind.GUARD) for copy in range(3)]
core = st.sampled_from(CORES)


@st.composite
def loads(draw: st.DrawFn) -> dict[str, Any]:
    """A random machine: table with wildcards and gaps, capacities and policies, busy PEs, transfers, sends in 3
    ticks."""
    entries = [
        RoutingEntry(key & mask, mask, tuple(sorted(draw(st.sets(core, min_size=1, max_size=6)))))
        for key, mask in draw(
            st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from((0, 0xC000_0000, 0xFFC0_0000))), max_size=5)
        )
    ]
    ends = draw(st.lists(st.tuples(core, st.sampled_from((*CORES, 0)), core, st.integers(0, 500)), max_size=4))
    transfers = [_transfer(n, *end) for n, end in enumerate(ends)]
    scripts: dict[int, Script] = {}
    for sender in CORES:
        mine = [t.number for t in transfers if t.issuer == sender]
        what = st.tuples(st.sampled_from(KEYS), st.integers(0, 60)).map(lambda x: Send(x[0], cycle=x[1]))
        if mine:
            what |= st.tuples(st.integers(0, 60), st.sampled_from(mine)).map(lambda x: Send(cycle=x[0], transfer=x[1]))
        ticks = st.tuples(st.just(0), st.integers(0, 2))
        sends = draw(st.dictionaries(ticks, st.lists(what, max_size=12), max_size=2))
        scripts[sender] = Script(
            sends, draw(st.dictionaries(ticks, st.integers(0, 250), max_size=2)), frozenset(KEYS[3:4])
        )
    return {
        "scripts": scripts,
        "entries": entries,
        "transfers": transfers,
        "capacity": draw(st.integers(1, 6)),
        "policy": draw(st.sampled_from(("drop", "overwrite", "stall"))),
        "period_q": draw(st.sampled_from((1000, 2500, 4000))),
        "idle": draw(st.sets(st.sampled_from((3, 4)), max_size=2)),
        "ticks": 5,
    }


def _transfer(number: int, issuer: int, source: int, end: int, size: int) -> Transfer:
    move = Move(Slice("pe", "words", 0, 0, 1), (Slice("pe", "words", 1, number, number + 1),))
    return Transfer(number, f"t{number}", 0, False, size, issuer, source, (end,), (move,) if end == 2 else ())


def run(load: dict[str, Any], packets: str = "all") -> tuple[Chip, EngineResult]:
    """One part of a load on a new chip."""
    idle = load["idle"]
    scripts = {pe: script for pe, script in load["scripts"].items() if pe not in idle}
    chip = build(**{**load, "scripts": scripts, "idle": tuple(idle)}, packets=packets)
    return chip, chip.run()


@settings(max_examples=40, deadline=None)
@given(loads())
def test_every_delivery_has_exactly_one_outcome(load: dict[str, Any]) -> None:
    """Per kind, what was sent times its destinations = outcomes, counted from the scripts; nothing is in flight when
    the chip is quiet."""
    chip, result = run(load)
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
    """Packets in inboxes = deliveries on time, late, early or unmatched, less those that were left in a FIFO at the
    end."""
    chip, result = run(load)
    taken = sum(len(entry.keys) for entry in chip.program.log)
    outcome = result.counters.outcomes[:DMA].sum(axis=0)
    arrived = sum(outcome[o] for o in (Outcome.ON_TIME, Outcome.LATE, Outcome.EARLY, Outcome.UNMATCHED))
    left = arrived - taken
    assert 0 <= left <= outcome[Outcome.LATE]


@settings(max_examples=25, deadline=None)
@given(loads())
def test_times_of_a_trace_obey_the_laws_of_the_network(load: dict[str, Any]) -> None:
    """No packet is faster than its unloaded time, seq is the rank by (send time, core), and no quad takes two flits
    in one service."""
    chip, _ = run(load)
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


@settings(max_examples=20, deadline=None)
@given(loads())
def test_same_load_gives_the_same_trace(load: dict[str, Any]) -> None:
    """Two runs of one load agree in every column, count and inbox."""
    (first, one), (second, two) = run(load), run(load)
    for name, column in first.rows.items():
        np.testing.assert_array_equal(column, second.rows[name], err_msg=name)
    assert first.program.log == second.program.log
    assert_same(one.counters, two.counters)


@settings(max_examples=20, deadline=None)
@given(loads())
def test_tracing_changes_nothing(load: dict[str, Any]) -> None:
    """With every packet traced, none, and no recorder at all: same counts, same inboxes, same end."""
    chip, traced = run(load)
    for packets in ("none", "off"):
        other, result = run(load, packets)
        assert other.program.log == chip.program.log
        assert result.end_q == traced.end_q
        assert_same(result.counters, traced.counters)


@settings(max_examples=20, deadline=None)
@given(loads())
def test_pes_stepped_together_do_what_each_would_do_alone(load: dict[str, Any]) -> None:
    """One step call for all PEs of a group gives the trace that a group per PE gives."""
    chip, together = run(load)
    import dataclasses

    from scripted_programs import Memory, ScriptedProgram
    from spinn2sim.hardware.engines.discrete_event import DiscreteEvent

    group = chip.plan.groups[0]
    singles = tuple(dataclasses.replace(group, name=f"pe{c}", cores=(c,), used=(0,)) for c in group.cores)
    phase = dataclasses.replace(chip.plan.schedule.train[0], groups=tuple(range(len(singles))))
    schedule = dataclasses.replace(chip.plan.schedule, train=(phase,))
    bare = tuple(dataclasses.replace(t, moves=()) for t in chip.plan.transfers)
    plan = dataclasses.replace(chip.plan, groups=singles, schedule=schedule, transfers=bare)
    programs = [ScriptedProgram(g.name, g.cores, chip.program.scripts) for g in singles]
    assert isinstance(programs[0].state, Memory)
    alone = DiscreteEvent(plan, programs, {}).run_part(Part.TRAIN, 1, 1, 0)
    assert_same(alone.counters, together.counters)
    logs = sorted(taken for program in programs for taken in program.log)
    assert logs == sorted(chip.program.log)


def assert_same(one: Counters, two: Counters) -> None:
    """Every count is equal."""
    for name, value in vars(one).items():
        np.testing.assert_equal(value, getattr(two, name), err_msg=name)
