"""Laws of the network, seen through traffic without neurons, on both engines; it trains nothing."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spinn2sim.errors import ScenarioError
from spinn2sim.hardware.engines.choice import COMPILED, DISCRETE_EVENT
from spinn2sim.hardware.engines.compiled import Compiled
from spinn2sim.hardware.engines.discrete_event import DiscreteEvent
from spinn2sim.hardware.geometry import quad_of, slot_of, xy_route
from spinn2sim.hardware.packet import Part
from spinn2sim.hardware.recording import MemoryRecorder
from spinn2sim.hardware.rows import Rows
from spinn2sim.hardware.traffic.load_sweep import Timing, list_sweep, sweep
from spinn2sim.hardware.traffic.measured_latency import RunMeasurement, run_list
from spinn2sim.hardware.traffic.packet_routes import ListedPacket, make_send_list
from spinn2sim.hardware.traffic.patterns import PATTERNS, Pattern, make_traffic
from spinn2sim.hardware.traffic.send_list import SendList, plan_and_program


def traffic_of(packets: list[tuple[int, int, tuple[int, ...], int, bool]]) -> SendList:
    """Traffic from (sent_q, source, destinations, flits, direct)."""
    return make_send_list([ListedPacket(*packet) for packet in packets])[0]


HOP_Q, PIPELINE_Q, FLIT_Q = 5 * 40, 4 * 30, 40
core = st.integers(1, 152)
cores = st.sets(core, min_size=1, max_size=6).map(lambda found: tuple(sorted(found)))
packet = st.tuples(st.integers(0, 30_000), core, cores, st.sampled_from((1, 1, 1, 2, 30)), st.just(False))
burst = st.tuples(st.integers(0, 30_000), st.integers(0, 152), cores, st.integers(1, 40), st.just(True))
write = st.tuples(st.integers(0, 30_000), core, st.just((0,)), st.integers(1, 40), st.just(True))
lists = st.lists(st.one_of(packet, packet, burst, write), min_size=1, max_size=80).map(traffic_of)


def columns_on(engine: type[DiscreteEvent] | type[Compiled], traffic: SendList) -> Rows:
    """The deliveries on an engine; the program is called as plain Python by both, so that nothing is compiled for a list."""
    plan, program = plan_and_program(traffic)
    recorder = MemoryRecorder()
    engine(plan, [dataclasses.replace(program, kernel=None)], {}, recorder).run_part(Part.TRAIN, 0, 1, 0)
    return recorder.deliveries()


@given(lists)
@settings(max_examples=20)
def test_both_engines_deliver_alike(traffic: SendList) -> None:
    """Every delivery of packets, bursts over the event router, and direct and DRAM bursts has one time on both engines."""
    one, two = (columns_on(engine, traffic) for engine in (DiscreteEvent, Compiled))
    for name in ("seq", "dst_pe", "sent_q", "delivered_q", "queued_q", "hops"):
        np.testing.assert_array_equal(one[name], two[name], err_msg=name)


def test_both_engines_bear_a_pause_of_seconds() -> None:
    """A list that begins late and rests for longer than an arrival key can count is kept to the quantum on both."""
    late, later = 24_000_006_001, 150_000_000_007
    traffic = traffic_of([(late, 101, (102,), 1, False), (later, 101, (102,), 1, False)])
    for engine in (DiscreteEvent, Compiled):
        assert columns_on(engine, traffic)["delivered_q"].tolist() == [late + 920, later + 920]


@pytest.mark.parametrize("name", PATTERNS)
def test_both_engines_agree_under_load(name: str) -> None:
    """A saturated network is the same on both engines, delivery by delivery."""
    traffic = make_traffic(Pattern(name, fanout=1 if name == "transpose" else 3), 15.0, 2.0, seed=1)
    one, two = (columns_on(engine, traffic) for engine in (DiscreteEvent, Compiled))
    assert one["queued_q"].max() > 10 * HOP_Q
    np.testing.assert_array_equal(one["delivered_q"], two["delivered_q"])


@pytest.mark.slow
def test_compiled_program_gives_the_same_points() -> None:
    """A sweep with the compiled kernel of the sender has the numbers of the discrete-event engine."""
    pattern, timing = Pattern("hotspot", fanout=2), Timing(1, 3)
    found: list[list[RunMeasurement]] = [
        [run for load in sweep(pattern, timing, [0.5, 6], [0, 1], engine) for run in load.runs]
        for engine in (DISCRETE_EVENT, COMPILED)
    ]
    assert found[0] == found[1]


@given(st.lists(st.tuples(core, cores), min_size=1, max_size=10))
@settings(max_examples=20)
def test_alone_a_packet_takes_its_hops_and_the_pipeline(pairs: list[tuple[int, tuple[int, ...]]]) -> None:
    """Without load a single destination is reached after (2 + hops to the slot + hops from it) x 5 cycles + the router's pipeline."""
    traffic = traffic_of([(20_000 * n, source, targets[:1], 1, False) for n, (source, targets) in enumerate(pairs)])
    _, rows = run_list(traffic, DISCRETE_EVENT)
    for n, (source, targets) in enumerate(pairs):
        start, end = quad_of(source), quad_of(targets[0])
        hops = 2 + len(xy_route(start, slot_of(start))) + len(xy_route(slot_of(end), end))
        assert rows["delivered_q"][n] - rows["sent_q"][n] == hops * HOP_Q + PIPELINE_Q


@given(lists)
@settings(max_examples=20)
def test_what_is_sent_is_delivered_and_nothing_is_left(traffic: SendList) -> None:
    """Deliveries due = outcomes + in flight, none is in flight when the chip is quiet, and nothing is earlier than unloaded."""
    result, rows = run_list(traffic, DISCRETE_EVENT)
    assert result.counters.sent.sum() == len(traffic)
    assert result.counters.due.sum() == result.counters.outcomes.sum() == len(rows["seq"])
    assert result.counters.in_flight.sum() == 0
    assert np.asarray(rows["queued_q"]).min() >= 0


def test_latency_does_not_fall_with_load() -> None:
    """The same packets sent faster wait longer, up to saturation and beyond."""
    loads, _ = list_sweep(make_traffic(Pattern(), 0.5, 40, seed=0), [1, 2, 4, 8, 16, 32], DISCRETE_EVENT)
    latency = [load.mean("mean_ns") for load in loads]
    assert latency == sorted(latency)
    assert [load.saturated for load in loads] == [False, False, False, False, True, True]


def test_sweep_goes_from_unloaded_to_saturated() -> None:
    """An automatic sweep begins within 5 % of the unloaded latency and ends where less is accepted than offered."""
    loads = sweep(Pattern(), Timing(1, 5), (), (0,), DISCRETE_EVENT)
    first, last = loads[0].runs[0], loads[-1]
    assert first.queued_ns < 0.05 * first.mean_ns
    assert not loads[0].saturated
    assert last.saturated
    assert last.mean("accepted") < last.mean("offered")
    assert max(last.mean("channel_busy"), last.mean("router_busy")) > 0.9
    assert (
        max(load.mean("accepted") for load in loads) < 300 * 6 / 148
    )  # six ports of the event router, one flit a cycle each


def test_what_a_window_measures() -> None:
    """Only the packets of the window count, shared by the PEs that send, and only deliveries made in it are accepted."""
    from spinn2sim.hardware.traffic.measured_latency import MeasuringWindow, measure_run

    alone_q = 4 * HOP_Q + PIPELINE_Q  # PE 101 to PE 102, both one hop from the event router
    traffic = traffic_of([(at, 101, (102,), 1, False) for at in (0, 6_000, 12_000 - FLIT_Q, 24_000)])
    found = measure_run(*run_list(traffic, DISCRETE_EVENT), MeasuringWindow(6_000, 18_000, 2))
    assert (found.packets, found.deliveries) == (2, 2)
    assert found.offered == found.accepted == 1.0  # 2 packets of 2 senders in 1 us
    assert found.mean_ns == found.median_ns == found.max_ns == alone_q / 12
    cut = measure_run(*run_list(traffic, DISCRETE_EVENT), MeasuringWindow(6_000, 12_000, 1))
    assert (cut.offered, cut.accepted) == (4.0, 2.0)


def test_a_window_without_a_packet_is_refused() -> None:
    """Nothing measured is no latency of 0 ns, and no network that is not saturated."""
    with pytest.raises(ScenarioError, match=r"no packet was sent in the window of 0.1 us, so nothing is measured"):
        sweep(Pattern(), Timing(0.0, 0.1), [0.0001], [1], "discrete_event")
