"""Speed of the discrete-event engine alone: synthetic traffic of a batch's size, no neurons.

python tools/bench_des.py [--profile] [--batches N]
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from spinn2sim.hardware.engines.discrete_event import DiscreteEvent
from spinn2sim.hardware.packet import Key, Kind, Part, Phase, RoutingEntry
from spinn2sim.hardware.plan import Group, PhasePlan, Plan, Schedule
from spinn2sim.hardware.program import NO_TRANSFER, Inbox, Outbox, TimerTick

COPIES, TICKS, PES = 22, 56, 4  # 4 PEs a copy: input, two of a hidden layer, output
COPY_MASK = 0xFFFF_FFFF ^ ((1 << 18) - 1)


class Nothing(NamedTuple):
    """A program without state."""


class Traffic:
    """Each PE sends a spike with a probability that gives about `packets` per batch; seeded, the same in every run."""

    def __init__(self, layer: int, packets: int) -> None:
        self.name = f"layer{layer}"
        self.rows = COPIES
        self.outbox_capacity = 8
        self.state = Nothing()
        self._layer = layer
        self._rate = packets / (COPIES * TICKS)
        self._random = np.random.default_rng(layer)

    def step(
        self, pe_first: int, pe_last: int, tick: TimerTick, inbox: Inbox, outbox: Outbox, cycles: NDArray[np.int64]
    ) -> None:
        """Send, with no regard to what came."""
        rows = np.repeat(
            np.arange(pe_first, pe_last), np.minimum(8, self._random.poisson(self._rate, pe_last - pe_first))
        )
        count = len(rows)
        outbox.count[0] = count
        outbox.row[:count] = rows
        outbox.key[:count] = Key(Kind.SPIKE, 0, self._layer, 0).pack() | (rows << 22)
        outbox.has_payload[:count] = 0
        outbox.cycle[:count] = 100 + 30 * np.arange(count) % 400
        outbox.transfer[:count] = NO_TRANSFER
        cycles[pe_first:pe_last] = 800


def plan() -> Plan:
    """22 copies on 4 PEs each, layer k sends to layer k + 1 of its copy, the input to both halves of the hidden
    layer."""
    cores = [[copy * PES + pe + 1 for copy in range(COPIES)] for pe in range(PES)]
    targets = {0: (1, 2), 1: (3,), 2: (3,), 3: (1, 2)}
    entries = tuple(
        RoutingEntry(Key(Kind.SPIKE, copy, layer, 0).pack(), COPY_MASK, tuple(cores[t][copy] for t in to))
        for layer, to in targets.items()
        for copy in range(COPIES)
    )
    groups = tuple(Group(f"layer{n}", "t", n, tuple(row), {}, {}, {}, (0,) * COPIES) for n, row in enumerate(cores))
    phase = PhasePlan(Phase.FORWARD, TICKS, 0, 0, 1, 60_000, tuple(range(PES)))
    schedule = Schedule((phase,), (phase,), (phase,))
    return Plan(
        copies=COPIES, graph=None, pes_available=148, shares=(), groups=groups, entries=entries, transfers=(),
        schedule=schedule, core_quanta=40, fifo_capacity=1024, fifo_policy="drop", dram_flit_q=86, dram_latency_q=1200,
    )  # fmt: skip


def main() -> None:
    """Run and say how long a batch, a packet and a hop took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batches", type=int, default=20)
    parser.add_argument("--packets", type=int, default=500, help="per layer and batch")
    parser.add_argument("--profile", action="store_true")
    chosen = parser.parse_args()
    engine = DiscreteEvent(plan(), [Traffic(n, chosen.packets) for n in range(PES)], {})
    profile = cProfile.Profile()
    start = time.perf_counter()
    if chosen.profile:
        profile.enable()
    counters = engine.run_part(Part.TRAIN, 1, chosen.batches, 0).counters
    profile.disable()
    wall = time.perf_counter() - start
    sent, due, hops = (int(total.sum()) for total in (counters.sent, counters.due, counters.hops))
    wakes = int(counters.wakes.sum())
    each = [f"{total / chosen.batches:.0f}" for total in (sent, due, hops, wakes)]
    print(f"{chosen.batches} batches, {wall / chosen.batches:.3f} s each")
    print(f"per batch: {each[0]} packets, {each[1]} deliveries, {each[2]} hops, {each[3]} wakes")
    print(f"{sent / wall:,.0f} packets/s, {hops / wall:,.0f} hops/s")
    if chosen.profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(18)


if __name__ == "__main__":
    main()
