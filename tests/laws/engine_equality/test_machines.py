"""One answer from two engines: random machines and traffic, compared in every packet and count."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, example, given, settings

from compare_engines import assert_equal_engines
from random_machines import machines
from scripted_programs import Script

# A PE that is busy for two batches wakes for a tick of the batch before the traced one, while the batch after it is played.
BUSY_FOR_TWO_BATCHES = {
    "scripts": {1: Script(sends={}, busy={(0, 0): 101}, unmatched=frozenset({1_074_003_968}))},
    "entries": [], "transfers": [], "capacity": 1, "policy": "drop", "period_q": 1000, "idle": set(), "ticks": 2, "batches": 3,
    "packets": "window", "dram_latency_q": 0, "start_q": 0, "part": 0,
}  # fmt: skip


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(machines())
@example(BUSY_FOR_TWO_BATCHES)
def test_engines_agree_on_any_machine(machine: dict[str, Any]) -> None:
    """Whatever the table, the traffic, the FIFOs and the overruns: same packets, data, counters and end."""
    assert_equal_engines(machine)
