"""Dense synthetic traffic: all 148 PEs send, each packet to 4 PEs drawn uniformly, every delivery timed; no neurons.

python -m benches.dense ENGINE --batches N
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from bench_traffic import Traffic, TrafficState
from benches.clock import lap, say
from spinn2sim.hardware.engines.compiled import Compiled
from spinn2sim.hardware.engines.discrete_event import DiscreteEvent
from spinn2sim.hardware.packet import Key, Kind, Part, Phase, RoutingEntry
from spinn2sim.hardware.plan import Group, PhasePlan, Plan, Schedule
from spinn2sim.hardware.units import QUANTA_PER_US, seconds

PES, TARGETS, KEYS, TICKS, CORE_Q = 148, 4, 4, 50, 40
EXACT = 0xFFFF_FFFF
PER_TICK, GAP = 16, 400  # packets of a PE in a tick, core cycles between two of them


def period_of(per_tick: int, gap: int) -> int:
    """Microseconds of a tick in which a PE is busy sending for half of the time."""
    return 2 * per_tick * gap * CORE_Q // QUANTA_PER_US


def plan(period_us: int) -> Plan:
    """PE p sends KEYS different keys, each to TARGETS other PEs; seeded."""
    rng = np.random.default_rng(0)
    cores = tuple(range(1, PES + 1))
    entries = tuple(
        RoutingEntry(
            Key(Kind.SPIKE, core, 1, n).pack(), EXACT, tuple(sorted(rng.choice(others, TARGETS, False).tolist()))
        )
        for core in cores
        for others in [np.array([c for c in cores if c != core])]
        for n in range(KEYS)
    )
    phase = PhasePlan(Phase.FORWARD, TICKS, 0, 0, 1, period_us * QUANTA_PER_US, (0,))
    group = Group("traffic", "traffic", 1, cores, {}, {}, {}, (0,) * PES)
    return Plan(
        copies=1, graph=None, pes_available=PES, shares=(), groups=(group,), entries=entries, transfers=(),
        schedule=Schedule((phase,), (phase,), (phase,)), core_quanta=CORE_Q, fifo_capacity=1024, fifo_policy="drop",
        dram_flit_q=86, dram_latency_q=1200,
    )  # fmt: skip


def program(per_tick: int, gap: int) -> Traffic:
    """Every PE starts in another cycle of the gap, so that the load is even."""
    keys = np.array(
        [[Key(Kind.SPIKE, core, 1, n % KEYS).pack() for n in range(per_tick)] for core in range(1, PES + 1)]
    )
    start = 100 + np.random.default_rng(1).integers(0, gap, PES)
    return Traffic("traffic", PES, per_tick, TrafficState(per_tick, gap, keys, start, np.zeros(PES, np.int64)))


def main() -> None:
    """One figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine")
    parser.add_argument("--batches", type=int, default=20)
    parser.add_argument("--per-tick", type=int, default=PER_TICK)
    parser.add_argument("--gap", type=int, default=GAP, help="core cycles between two packets of a PE")
    args = parser.parse_args()
    chip = plan(period_of(args.per_tick, args.gap))
    made: dict[str, Any] = {"compiled": Compiled, "discrete_event": DiscreteEvent}
    engine = made[args.engine](chip, [program(args.per_tick, args.gap)], {})
    if args.engine == "compiled":
        engine.run_part(Part.TRAIN, 1, 1, 0)
    with lap() as took:
        result = engine.run_part(Part.TRAIN, 1, args.batches, 0)
    c = result.counters
    say(
        "dense", f"{args.engine}, gap {args.gap} cycles", took, deliveries=int(c.outcomes.sum()),
        packets=int(c.sent.sum()), hops=int(c.hops.sum()), simulated_s=seconds(result.end_q),
        on_time=int(c.outcomes[:, 0].sum()),
    )  # fmt: skip


if __name__ == "__main__":
    main()
