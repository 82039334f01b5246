"""Soak: a billion deliveries of dense traffic on the compiled engine, with the books checked after every batch.

    python tools/soak.py                           # 10^9 deliveries, from a clock of 2^60 quanta
    python tools/soak.py --deliveries 1e6          # a short one
    python tools/soak.py --json soak.json          # also as a file

After each batch, for each kind of packet, the deliveries due must equal those with an outcome and those in flight. At the end every
delivery was on time, except for what the last tick has sent; the clock has advanced by exactly the periods of all ticks; the PEs have
taken as many packets as the counters say; and the counts of a few batches are the same from a clock of 0. The memory of the process is
read throughout, and must not grow by more than --most-growth after the first tenth.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

from benches.dense import CORE_Q, TICKS, plan, program  # noqa: E402
from spinn2sim.files.atomic import write_text  # noqa: E402
from spinn2sim.hardware.counters import Counters  # noqa: E402
from spinn2sim.hardware.engines.compiled import Compiled  # noqa: E402
from spinn2sim.hardware.packet import Outcome, Part  # noqa: E402
from spinn2sim.hardware.units import QUANTA_PER_US  # noqa: E402

# Each PE sends so many packets in a tick, so many core cycles apart.
PER_TICK, GAP = 16, 400
START_Q = (1 << 60) // QUANTA_PER_US * QUANTA_PER_US  # a part begins with a whole microsecond
COMPARED = 20  # batches that are played again from a clock of 0
POINTS = 40  # how often memory is read
PAGE_BYTES = 4096


@dataclass
class Soak:
    """What a soak found. `memory_mb` is the resident size of the process after the shares `at` of the batches."""

    batches: int = 0
    deliveries: int = 0
    packets: int = 0
    on_time: int = 0
    balanced: int = 0
    start_q: int = 0
    end_q: int = 0
    wall_s: float = 0.0
    most_in_flight: int = 0
    at: list[float] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def resident_mb() -> float:
    """The resident size of this process in MB (10^6 bytes)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES / 1e6


class Machine:
    """The chip of benches.dense with its engine. Its FIFOs are empty at first."""

    def __init__(self) -> None:
        self.plan = plan(2 * PER_TICK * GAP * CORE_Q // QUANTA_PER_US)
        self.program = program(PER_TICK, GAP)
        self.engine = Compiled(self.plan, [self.program], {})
        self.batch_q = TICKS * self.plan.schedule.train[0].period_q

    def counters(self) -> Counters:
        """The counters as they are between two batches."""
        return self.engine.chip.counters()


def soak(deliveries: float, start_q: int = START_Q, most_growth_mb: float = 2.0) -> Soak:
    """Play as many whole batches as make at least `deliveries`, from a clock of `start_q` quanta."""
    machine, found = Machine(), Soak(start_q=start_q)
    first = machine.engine.run_part(Part.TRAIN, 1, 1, 0).counters
    found.batches = max(1, -(-int(deliveries) // int(first.due.sum())))
    machine.program.state.taken[:] = 0
    points = {found.batches * n // POINTS for n in range(1, POINTS + 1)}

    def check(batch: int) -> None:
        counters = machine.counters()
        counters.balance()
        found.balanced += 1
        found.most_in_flight = max(found.most_in_flight, int(counters.in_flight.sum()))
        if batch + 1 in points:
            found.at.append((batch + 1) / found.batches)
            found.memory_mb.append(resident_mb())

    begin = time.perf_counter()
    result = machine.engine.run_part(Part.TRAIN, 1, found.batches, start_q, check)
    found.wall_s, found.end_q = time.perf_counter() - begin, result.end_q
    judge(found, machine, result.counters, first, most_growth_mb)
    return found


def judge(found: Soak, machine: Machine, counters: Counters, first: Counters, most_growth_mb: float) -> None:
    """Fill in the counts, and what is wrong with them."""
    found.deliveries, found.packets = int(counters.outcomes.sum()), int(counters.sent.sum())
    found.on_time = int(counters.outcomes[:, Outcome.ON_TIME].sum())
    late = found.deliveries - found.on_time
    # What the last tick sends comes when no tick is left to take it.
    last_tick = int(first.due.sum()) // TICKS
    tests = {
        "deliveries without an outcome": int(counters.in_flight.sum()),
        "deliveries besides the last tick's that were not on time": late - last_tick,
        "deliveries more or fewer than in as many single batches": found.deliveries
        - found.batches * int(first.due.sum()),
        "packets that programs took and the counters did not count": int(machine.program.state.taken.sum())
        - found.on_time,
        "quanta between the clock and the ticks' periods": found.end_q
        - found.start_q
        - found.batches * machine.batch_q,
        "batches that were not checked": found.batches - found.balanced,
    }
    found.wrong += [f"{what}: {count}" for what, count in tests.items() if count]
    found.wrong += compared(min(COMPARED, found.batches), found.start_q)
    settled = [mb for share, mb in zip(found.at, found.memory_mb, strict=True) if share > 0.1]
    if settled and max(settled) - settled[0] > most_growth_mb:
        found.wrong.append(f"memory grew from {settled[0]:.1f} to {max(settled):.1f} MB")


def compared(batches: int, start_q: int) -> list[str]:
    """Play `batches` from a clock of 0 and from `start_q`, and list the counts that differ."""
    ends = [Machine().engine.run_part(Part.TRAIN, 1, batches, clock) for clock in (0, start_q)]
    low, high = (
        vars(end.counters) | {"first": None, "end_q": end.end_q - clock}
        for end, clock in zip(ends, (0, start_q), strict=True)
    )
    return [f"{name} from a clock of 0 and of {start_q}" for name in low if not np.array_equal(low[name], high[name])]


def main() -> int:
    """Print the soak; exit status 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--deliveries", type=float, default=1e9)
    parser.add_argument("--start", type=int, default=START_Q, help="quanta on the clock at first, a multiple of 12,000")
    parser.add_argument("--most-growth", type=float, default=2.0, metavar="MB")
    parser.add_argument("--json", type=Path, metavar="FILE")
    args = parser.parse_args()
    found = soak(args.deliveries, args.start, args.most_growth)
    rate = found.deliveries / found.wall_s / 1e6
    print(
        f"{found.deliveries:,} deliveries of {found.packets:,} packets in {found.batches:,} batches, {found.wall_s:.0f} s ({rate:.1f} M/s)"
    )
    print(
        f"balanced after {found.balanced:,} batches, at most {found.most_in_flight:,} deliveries in flight between two"
    )
    print(f"clock: {found.start_q} to {found.end_q} quanta")
    print(
        "memory in MB: "
        + ", ".join(
            f"{share:.0%} {mb:.1f}" for share, mb in list(zip(found.at, found.memory_mb, strict=True))[:: POINTS // 8]
        )
    )
    for line in found.wrong:
        print(f"WRONG: {line}")
    if args.json:
        write_text(args.json, json.dumps(asdict(found), indent=1) + "\n")
    return 1 if found.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
