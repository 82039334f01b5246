"""Random machines: tables, traffic, FIFO sizes and policies, ticks that overrun, DMA of all sorts."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from hypothesis import strategies as st

from scripted_programs import Chip, Script, Send, build
from spinn2sim.hardware.dead_parts import NOTHING_DEAD
from spinn2sim.hardware.packet import LONG_PAYLOAD, NO_PAYLOAD, PAYLOAD, Key, Kind, RoutingEntry
from spinn2sim.hardware.plan import Move, Slice, Transfer

CORES = (1, 2, 3, 4, 5, 50, 77, 101, 102, 104, 129, 149)
KEYS = [Key(kind, copy, 1, 0).pack() for kind in Kind if kind is not Kind.WEIGHTS for copy in range(3)]
WEIGHTS = [Key(Kind.WEIGHTS, copy, 1, 0).pack() for copy in range(2)]
MASKS = (0xFFFF_FFFF, 0, 0xC000_0000, 0xFFC0_0000)
ROWS = 3  # of the DRAM array
core = st.sampled_from(CORES)
cycle = st.one_of(st.just(0), st.integers(0, 60), st.integers(0, 400))


@st.composite
def entries(draw: st.DrawFn) -> list[RoutingEntry]:
    """A routing table with wildcards, overlaps and gaps."""
    found = []
    for key, mask in draw(st.lists(st.tuples(st.sampled_from(KEYS + WEIGHTS), st.sampled_from(MASKS)), max_size=6)):
        cores = draw(st.sets(core, min_size=1, max_size=draw(st.sampled_from((1, 3, 12)))))
        found.append(RoutingEntry(key & mask, mask, tuple(sorted(cores))))
    return found


@st.composite
def transfers(draw: st.DrawFn, table: list[RoutingEntry]) -> list[Transfer]:
    """PE to PE, from and to DRAM, over the event router; most of them move words, which later ones move on."""
    found = []
    for number in range(draw(st.integers(0, 6))):
        sort = draw(st.sampled_from(("direct", "direct", "read", "write", "multicast")))
        issuer, size = draw(core), draw(st.one_of(st.integers(0, 40), st.integers(0, 3000)))
        source = 0 if sort == "read" else draw(st.sampled_from((issuer, draw(core))))
        key = draw(st.sampled_from(WEIGHTS)) if sort == "multicast" else 0
        line = next((e for e in table if key & e.mask == e.key), None) if sort == "multicast" else None
        ends = (
            (line.cores if line else ())
            if sort == "multicast"
            else (0,)
            if sort == "write"
            else tuple(sorted(draw(st.sets(core, min_size=1, max_size=3))))
        )
        moves = tuple(_move(source, end, draw(st.integers(0, 6)), draw(st.integers(0, 8))) for end in ends)
        found.append(Transfer(number, f"t{number}", key, sort == "multicast", size, issuer, source, ends, moves))
    return found


def _move(source: int, end: int, words: int, at: int) -> Move:
    """Words of the memory of one PE (or a row of the DRAM) to another. Rows are put in when the cores are known."""
    return Move(_place(source, at, words), (_place(end, at // 2, words),))


def _place(where: int, at: int, words: int) -> Slice:
    return Slice("dram", "store", 0, at, at + words) if where == 0 else Slice("pe", "words", where, at, at + words)


@st.composite
def machines(draw: st.DrawFn) -> dict[str, Any]:
    """Arguments of `make`."""
    table = draw(entries())
    moved = draw(transfers(table))
    ticks, batches = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    long_packets = draw(st.booleans())
    payloads = st.tuples(st.integers(-9, 9), st.sampled_from((NO_PAYLOAD, PAYLOAD)))
    if long_packets:
        payloads |= st.tuples(st.integers(0, 2**128 - 1), st.just(LONG_PAYLOAD))
    when = st.tuples(st.integers(0, batches - 1), st.integers(0, ticks - 1))
    scripts: dict[int, Script] = {}
    for sender in draw(st.sets(core, min_size=1)):
        mine = [t.number for t in moved if t.issuer == sender]
        what = st.tuples(st.sampled_from(KEYS), cycle, payloads).map(lambda x: Send(x[0], x[1], *x[2]))
        if mine:
            what |= st.tuples(cycle, st.sampled_from(mine), st.integers(0, ROWS - 1)).map(
                lambda x: Send(cycle=x[0], transfer=x[1], argument=x[2])
            )
        size = draw(st.sampled_from((2, 12, 40)))
        sends = draw(st.dictionaries(when, st.lists(what, max_size=size), max_size=4))
        busy = draw(st.dictionaries(when, st.integers(0, 400), max_size=4))
        scripts[sender] = Script(sends, busy, frozenset(KEYS[3:4]))
    return {
        "scripts": scripts,
        "entries": table,
        "transfers": moved,
        "capacity": draw(st.one_of(st.integers(1, 4), st.integers(5, 60))),
        "policy": draw(st.sampled_from(("drop", "overwrite", "stall"))),
        "period_q": draw(st.sampled_from((1000, 2520, 4000, 12_000))),
        "idle": draw(st.sets(st.sampled_from((3, 4, 129)), max_size=2)),
        "ticks": ticks,
        "batches": batches,
        "packets": draw(st.sampled_from(("all", "all", "window", "none", "off"))),
        "dram_latency_q": draw(st.sampled_from((0, 1200))),
        "start_q": draw(st.sampled_from((0, 36_000))),
        "part": draw(st.integers(0, 1)),
        "long_packets": long_packets,
    }


def make(machine: dict[str, Any]) -> Chip:
    """A new chip for a machine."""
    idle = machine["idle"]
    scripts = {pe: script for pe, script in machine["scripts"].items() if pe not in idle}
    apart = ("batches", "start_q", "part", "scripts", "transfers", "idle", "dead", "faults", "long_packets")
    rest = {name: value for name, value in machine.items() if name not in apart}
    dram = {"store": np.arange(ROWS * 64, dtype=np.int64).reshape(ROWS, 64) * 7}
    bare = machine["transfers"]
    probe = build(scripts, **{**rest, "transfers": bare}, idle=tuple(idle))
    row = {pe: n for n, pe in enumerate(probe.program.cores)}
    chip = build(scripts, **rest, transfers=[_known(t, row) for t in machine["transfers"]], idle=tuple(idle), dram=dram)
    known = {"dead": machine.get("dead", NOTHING_DEAD), "faults": machine.get("faults")}
    chip.plan = dataclasses.replace(chip.plan, **known, long_packets=machine.get("long_packets", False))
    chip.program.memory.words[:] = np.arange(chip.program.memory.words.size).reshape(-1, 64)
    return chip


def _known(transfer: Transfer, row: dict[int, int]) -> Transfer:
    """Moves with rows in place of core ids; those of PEs that never wake are left out."""

    def there(slot: Slice) -> bool:
        return slot.place == "dram" or slot.row in row

    def known(slot: Slice) -> Slice:
        return slot if slot.place == "dram" else dataclasses.replace(slot, row=row[slot.row])

    moves = [
        Move(known(m.source), tuple(map(known, m.destinations)))
        for m in transfer.moves
        if there(m.source) and all(map(there, m.destinations))
        if m.source.place != "dram" or m.destinations[0].place != "dram"
    ]
    return dataclasses.replace(transfer, moves=tuple(moves))
