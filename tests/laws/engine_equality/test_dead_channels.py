"""One answer from two engines on chips with dead channels."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings

from broken_chips import dead_mesh_channels
from compare_engines import assert_equal_engines
from random_machines import CORES, machines
from spinn2sim.hardware.dead_parts import DeadParts


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(machines(), dead_mesh_channels(CORES))
def test_engines_agree_on_any_machine_with_dead_channels(machine: dict[str, Any], dead: DeadParts) -> None:
    """Packets and bursts that go around dead channels arrive at the same times in both engines."""
    assert_equal_engines({**machine, "dead": dead})
