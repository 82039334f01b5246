"""Tick periods: the bound on network time, and who wakes when."""

from __future__ import annotations

from plain_firmware import PlainFirmware, plan_of
from spinn2sim.hardware.hardware_options import HardwareOptions
from spinn2sim.hardware.packet import Phase
from spinn2sim.hardware.plan import Plan
from spinn2sim.hardware.units import QUANTA_PER_NS, QUANTA_PER_US, whole_us
from spinn2sim.mapping.mapping_options import MappingOptions

ONE = MappingOptions(copies=1, steps=12)
HOP_Q, FLIT_Q, ROUTER_Q, CYCLE_Q = 200, 40, 30, 40


def period_us(plan: Plan, phase: Phase) -> int:
    """The tick period of a phase of training."""
    return next(p.period_q // QUANTA_PER_US for p in plan.schedule.train if p.phase == phase)


def test_the_bound_of_a_forward_tick_is_as_worked_out_by_hand() -> None:
    """4 input, 60 hidden and 3 output spikes of one copy share the injection, the way to the router and back, and the ejection."""
    plan = plan_of((4, 60, 3), ONE)
    # PEs 77..80 are quad (1,1): 5 mesh hops to slot (4,3), and 5 back.
    cores = [core for group in plan.groups if group.program != "optimizer" for core in group.cores]
    assert sorted(cores) == [77, 78, 79, 80]
    channels, flits = 12, 4 + 60 + 3
    network_q = channels * (HOP_Q + flits * FLIT_Q) + (-(-flits // 3) + 1 + 4) * ROUTER_Q
    busy_q = (200 + 10 * 60 + 4) * CYCLE_Q
    assert period_us(plan, Phase.FORWARD) == whole_us(busy_q + network_q) == 6


def test_the_bound_of_a_load_tick_is_as_worked_out_by_hand() -> None:
    """A sample's burst waits for the DRAM's latency, at the interface for the label, and near its end for the weights too."""
    hardware = HardwareOptions(dram_latency_ns=1_000_000)
    plan = plan_of((400, 6, 3), ONE, hardware)
    loaded, weights = -(-4 * 401 // 16) + 1, 4 * 400 * 6 // 16 + -(-4 * 6 * 3 // 16)
    read_q = HOP_Q + loaded * hardware.dram_flit_q
    alone_q = 3 * (HOP_Q + loaded * FLIT_Q)  # (7,3) to the router's slot (4,3)
    shared_q = 6 * (HOP_Q + (loaded + weights) * FLIT_Q)  # from there to (1,1), and its ejection
    busy_q = (200 + 10 * 400) * CYCLE_Q
    network_q = 1_000_000 * QUANTA_PER_NS + read_q + alone_q + shared_q
    assert period_us(plan, Phase.LOAD) == whole_us(busy_q + network_q) == 1031


def test_given_periods_replace_the_bound() -> None:
    """A phase has the period that is given for it; other step phases have one period that covers all their bounds."""
    plan = plan_of((4, 60, 3), MappingOptions(1, 12, period_us={Phase.LOSS: 9, Phase.LOAD: 19}))
    assert [period_us(plan, phase) for phase in (Phase.FORWARD, Phase.LOSS, Phase.BACKWARD)] == [6, 9, 6]
    assert period_us(plan, Phase.LOAD) == 19
    assert period_us(plan, Phase.UPDATE) == period_us(plan_of((4, 60, 3), ONE), Phase.UPDATE)


def test_phases_follow_each_other_with_their_steps() -> None:
    """Forward ticks are steps 0 to T-1, the loss sends in the place of step T-1, backward ticks count down from T-2 to 0."""
    plan = plan_of((4, 6, 3), MappingOptions(copies=4, steps=12, reduce_rounds=2))
    found = {p.phase: (p.ticks, p.first_tick, p.first_step, p.stride) for p in plan.schedule.train}
    assert found == {
        Phase.LOAD: (1, -1, 0, 0), Phase.FORWARD: (12, 0, 0, 1), Phase.LOSS: (1, 12, 11, 0), Phase.BACKWARD: (11, 13, 10, -1),
        Phase.REDUCE: (2, 24, 0, 1), Phase.UPDATE: (1, 26, 0, 0),
    }  # fmt: skip
    names = {p.phase: [plan.groups[g].name for g in p.groups] for p in plan.schedule.train}
    assert names[Phase.FORWARD] == ["input", "lif1", "lif2", "loss"]
    assert names[Phase.BACKWARD] == ["lif1", "lif2"]
    assert names[Phase.UPDATE] == ["optimizer1", "optimizer2"]
    assert [len(plan.groups[g].cores) for p in plan.schedule.test for g in p.groups if p.phase == Phase.LOAD] == [4] * 4


def test_a_slower_core_has_longer_ticks() -> None:
    """At the low performance level each cycle takes twice as long, so that the worst wake does."""

    class Slow(PlainFirmware):
        """A wake takes a million cycles."""

        def worst_cycles(self, unit: object, phase: int) -> int:
            """Always the same."""
            return 1_000_000

    high, low = (
        period_us(plan_of((4, 6, 3), ONE, HardwareOptions(performance_level=level), Slow()), Phase.FORWARD)
        for level in ("high", "low")
    )
    assert 2 * (high - 3) <= low <= 2 * high
