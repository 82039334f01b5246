"""Random loads: tables with gaps and wildcards, busy PEs, transfers and bursts of sends, and one part of each on a new chip."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from scripted_programs import Chip, Script, Send, build
from spinn2sim.hardware.engines.base import EngineResult
from spinn2sim.hardware.engines.discrete_event import DiscreteEvent
from spinn2sim.hardware.packet import Key, Kind, RoutingEntry
from spinn2sim.hardware.plan import Move, Slice, Transfer

CORES = (1, 2, 3, 4, 77, 101, 102, 129, 149)
KEYS = [Key(kind, copy, 1, 0).pack() for kind in (Kind.SPIKE, Kind.ERROR, Kind.GUARD) for copy in range(3)]
core = st.sampled_from(CORES)


@st.composite
def loads(draw: st.DrawFn) -> dict[str, Any]:
    """Arguments of `play`: a table with wildcards and gaps, capacities and policies, busy PEs, transfers, sends in three ticks."""
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


def play(load: dict[str, Any], packets: str = "all", engine: type[Any] = DiscreteEvent) -> tuple[Chip, EngineResult]:
    """One part of a load on a new chip."""
    idle = load["idle"]
    scripts = {pe: script for pe, script in load["scripts"].items() if pe not in idle}
    chip = build(**{**load, "scripts": scripts, "idle": tuple(idle)}, packets=packets)
    return chip, chip.run(engine=engine)
