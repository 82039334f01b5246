"""The facts are the one place of the hardware's numbers: who changes one there changes both engines."""

from __future__ import annotations

import pytest

from changed_facts import played
from spinn2sim.hardware.facts import DRAM_EFFICIENCY, FACTS, Fact, dram_flit_quanta, flits_of
from spinn2sim.hardware.hardware_options import HardwareOptions
from spinn2sim.scenario.board_keys import BoardKeys
from spinn2sim.scenario.cost_keys import cycles_of
from spinn2sim.scenario.keys import Chip

# Sends bursts and packets that meet, on both engines.
PLAY = """
import dataclasses
from spinn2sim.hardware.engines.compiled import Compiled
from spinn2sim.hardware.engines.discrete_event import DiscreteEvent
from spinn2sim.hardware.packet import Part
from spinn2sim.hardware.recording import MemoryRecorder
from spinn2sim.hardware.traffic.packet_routes import ListedPacket, make_send_list
from spinn2sim.hardware.traffic.send_list import plan_and_program

packets = [ListedPacket(at, core, (core * 7 % 148 + 1,), flits) for at in (0, 10) for core in range(1, 149, 4) for flits in (1, 3)]
packets += [ListedPacket(0, 0, (5,), 9, True), ListedPacket(5, 9, (0,), 4, True), ListedPacket(5, 9, (60,), 4, True)]
for engine in (DiscreteEvent, Compiled):
    plan, program = plan_and_program(make_send_list(packets)[0])
    recorder = MemoryRecorder()
    counters = engine(plan, [dataclasses.replace(program, kernel=None)], {}, recorder).run_part(Part.TRAIN, 0, 1, 0).counters
    rows = recorder.deliveries()
    print([(name, rows[name].tolist()) for name in ("delivered_q", "queued_q")], counters.channel_busy_q.sum(), counters.router_busy_q)
"""


@pytest.mark.slow
def test_a_changed_fact_changes_both_engines_alike() -> None:
    """With another clock, hop latency, pipeline or width of the router both engines give equal times, and others than before."""
    found = {changes: played(PLAY, *changes) for changes in ((), ("NOC_MHZ=200",), ("HOP_CYCLES=7",), ("ROUTER_MHZ=300",),
                                                       ("ROUTER_PIPELINE_CYCLES=6",), ("ROUTER_ENGINES=1",))}  # fmt: skip
    for one, two in found.values():
        assert one == two
    assert len({one for one, _ in found.values()}) == len(found)


def test_the_scenarios_defaults_are_the_facts() -> None:
    """A default of a key that changes a fact is the fact's own number."""
    chip = Chip()
    defaults = {f"chip.{name}": value for name, value in vars(chip).items()}
    defaults |= {f"chip.cycles.{name}": value for name, value in cycles_of(chip).items()}
    defaults |= {f"board.{name}": value for name, value in vars(BoardKeys()).items()}
    keyed = [fact for fact in FACTS if fact.key and fact.key not in ("chip.performance_level", "board.shape")]
    assert {fact.key: defaults[fact.key] for fact in keyed} == {f.key: f.value for f in keyed}
    options = {
        name: value for name, value in vars(HardwareOptions()).items() if name not in ("dead", "faults")
    }  # [faults] names these
    assert {name: getattr(chip, name) for name in options} == options


def test_an_unknown_fact_is_not_guessed() -> None:
    """Asking for a number that nobody knows is refused by name."""
    with pytest.raises(Exception, match="width is unknown"):
        Fact("width", None, "mm", "nobody").known()


@pytest.mark.parametrize(("size", "flits"), [(0, 1), (1, 1), (16, 1), (17, 2), (32, 2)])
def test_bursts_have_a_flit_for_each_16_bytes(size: int, flits: int) -> None:
    """A burst has at least one flit."""
    assert flits_of(size) == flits


def test_a_dram_flit_takes_no_less_than_its_bytes_need() -> None:
    """16 bytes at 0.7 of 25.6 Gbit/s take 7.14 ns, 85.7 quanta, which are rounded up."""
    assert dram_flit_quanta(DRAM_EFFICIENCY) == 86
    assert dram_flit_quanta(1.0) == 60
