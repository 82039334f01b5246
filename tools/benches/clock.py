"""Stopwatch of the benchmarks: wall time, CPU time and peak memory of this process, printed as JSON lines."""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any


@dataclass
class Lap:
    """Seconds of one lap: on the wall, and of the process's CPU over all its threads."""

    wall: float = 0.0
    cpu: float = 0.0


@contextmanager
def lap() -> Iterator[Lap]:
    """Times its block."""
    found = Lap()
    wall, cpu = time.perf_counter(), time.process_time()
    yield found
    found.wall, found.cpu = time.perf_counter() - wall, time.process_time() - cpu


def peak_mb() -> float:
    """The most memory that this process has held so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def say(part: str, name: str, took: Lap, **counts: Any) -> None:
    """One figure: what was measured, its seconds, and counts that become rates (samples, deliveries, packets, simulated_s)."""
    line = {"part": part, "name": name, "wall": took.wall, "cpu": took.cpu, "peak_mb": peak_mb(), **counts}
    print(json.dumps(line), flush=True)
