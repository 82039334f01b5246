"""One answer from two engines when the chip breaks during a run: packets, counts, data and the record of injections."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compare_engines import assert_equal_engines
from random_faults import faults
from random_machines import machines

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


@st.composite
def broken_machines(draw: st.DrawFn) -> dict[str, Any]:
    """A machine with what breaks on it."""
    machine = draw(machines())
    return {**machine, "faults": draw(faults(machine))}


@settings(max_examples=30, deadline=None, suppress_health_check=SLOW)
@given(broken_machines())
def test_engines_agree_on_any_faults(machine: dict[str, Any]) -> None:
    """Whatever breaks, both engines send, lose, double and flip the same, and keep the same record of it."""
    assert_equal_engines(machine)
