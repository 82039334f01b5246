"""What a run on a chip with dead parts shows."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import spinn2sim
from small_scenario import SMALL
from spinn2sim.cli.map_command import map_lines
from spinn2sim.report.contents.floor import floor_plans
from spinn2sim.report.diff import diff
from spinn2sim.report.floor_shapes import dead_boxes
from spinn2sim.report.packet_history import packet_history
from spinn2sim.report.page.document import write_page
from spinn2sim.report.run_data import RunData
from spinn2sim.trace.dead_parts_of_run import dead_parts_of_run, routes_of_run
from spinn2sim.trace.questions import summarise
from spinn2sim.trace.sql import Tables
from spinn2sim.training.plan_data import plan_data

FAULTS = {
    "faults.dead_pes": [77, 78],
    "faults.dead_channels": ["(2,2)->(3,2)", "(1,6) injection"],
    "faults.dead_router_lines": [0, [2, 9]],
    "faults.dead_router_ports": ["(3,3)"],
    "faults.dead_dram_interfaces": ["(7,3)"],
}


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything traced, on a chip with dead parts of each kind."""
    folder = tmp_path_factory.mktemp("broken")
    (folder / "small.toml").write_text(SMALL)
    return spinn2sim.run(folder / "small.toml", folder / "run", {**FAULTS, "trace.packets": "all"}).folder


def test_loads_of_channels_follow_the_routes_around_dead_parts(broken: Path) -> None:
    """What is computed from the packets is what the machine counted, so the routes are those that the packets took."""
    plans = {plan.name: plan for plan in floor_plans(RunData(broken))}
    for part in ("train", "test"):
        of_packets, counted = plans[part], plans[f"{part}, whole run"]
        batches = int(of_packets.of.split()[0])
        found = dict(zip(of_packets.channels, np.rint(of_packets.whole_flits * batches).astype(int), strict=True))
        assert found == dict(zip(counted.channels, counted.whole_flits.astype(int), strict=True))
    closed = {str(channel) for channel in dead_parts_of_run(broken).channels}
    assert len(closed) == 8
    assert closed.isdisjoint(row["channel"] for row in summarise(Tables(broken)).channels)


def test_every_part_that_is_dead_or_cut_off_is_drawn(broken: Path) -> None:
    """The floor plan has a box for each dead PE, each PE of a quad without injection, and both channels of each closed pair."""
    boxes, said = dead_boxes(dead_parts_of_run(broken))
    assert len(said) == len(boxes["x"]) == 2 + 4 + 8
    assert {"PE 77: dead", "PE 49: cut off", "(3,2)->(2,2): closed", "(7,3) DRAM write: closed"} <= set(said)


def test_page_says_what_was_mapped_around(broken: Path, traced: Path, tmp_path: Path) -> None:
    """The page names the dead parts beside the floor plan; that of a whole chip says nothing of them."""
    for run, said in ((broken, True), (traced, False)):
        page = write_page(run, tmp_path / "p.html")
        assert ("Mapped around 2 dead PEs (77, 78); 4 PEs cut off" in page.read_text()) == said


def test_packet_takes_a_live_line_and_replays_on_its_route(broken: Path) -> None:
    """A packet's history has the table line that its entry is written into, and its hops join up as the trace's times say."""
    row = Tables(broken).one("SELECT seq, key, src_pe, dst_pe FROM packets WHERE kind = 'spike' ORDER BY seq LIMIT 1")
    history = packet_history(broken, row["seq"])
    assert history["warnings"] == []
    assert history["entry"]["line"] not in {0, *range(2, 10)}
    passed = [hop["channel"] for hop in history["hops"]]
    assert passed == history["deliveries"][0]["channels"]
    route = routes_of_run(broken).route(row["src_pe"], -1)
    assert [str(channel) for channel in route] == passed[: len(route)]
    assert all(a.end == b.start for a, b in pairwise(route))
    hits = Tables(broken).rows("SELECT DISTINCT line FROM router WHERE line >= 0")
    assert {line["line"] for line in hits}.isdisjoint({0, *range(2, 10)})


def test_run_on_a_broken_chip_learns_the_same_and_sends_otherwise(broken: Path, traced: Path) -> None:
    """diff finds no weight that differs, and the path of the first packet that does."""
    lines = diff(traced, broken)
    assert any(line.startswith("path: ") for line in lines)
    assert not any(line.startswith("weights") for line in lines)


def test_map_says_what_it_goes_around(small: Path) -> None:
    """`map` names the dead parts in its second line, and lists them for a program; on a whole chip there is no such line."""
    data = plan_data(spinn2sim.map(small, FAULTS))
    second = list(map_lines(data))[1]
    assert second.startswith("mapped around: 2 dead PEs (77, 78); 4 PEs cut off by dead channels (49, 50, 51, 52);")
    assert data["faults"]["dead_router_lines"] == [[0, 0], [2, 9]]
    assert data["routing_lines"][:3] == [1, 10, 11]
    assert "mapped_around" not in plan_data(spinn2sim.map(small))
    assert not any("mapped around" in line for line in map_lines(plan_data(spinn2sim.map(small))))
