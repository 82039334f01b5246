"""One answer from two engines: random machines and traffic, compared in every packet and count."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings

from compare_engines import assert_equal_engines
from random_machines import machines


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(machines())
def test_engines_agree_on_any_machine(machine: dict[str, Any]) -> None:
    """Whatever the table, the traffic, the FIFOs and the overruns: same packets, data, counters and end."""
    assert_equal_engines(machine)
