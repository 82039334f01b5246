"""Traffic over the chips of a board, without neurons."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broken_boards import boards
from changed_facts import played
from spinn2sim import api
from spinn2sim.cli.traffic_text import traffic_csv, traffic_data, traffic_lines
from spinn2sim.errors import ScenarioError
from spinn2sim.hardware.board.link_options import LinkOptions
from spinn2sim.hardware.board.shape import LINK_NAMES, N_LINKS, Board, hexagon, rectangle
from spinn2sim.hardware.dead_parts import DeadParts
from spinn2sim.hardware.engines.choice import DISCRETE_EVENT
from spinn2sim.hardware.traffic.board_latency import join_ways, run_board_lists
from spinn2sim.hardware.traffic.board_patterns import (
    BOARD_PATTERNS,
    NEIGHBOUR,
    TORNADO,
    BoardPattern,
    make_board_traffic,
)
from spinn2sim.hardware.traffic.load_sweep import Timing
from spinn2sim.hardware.traffic.traffic_board import TrafficBoard

# Eight PEs on each chip, of which four are reserved, so that a test is short.
PLAIN = DeadParts(pes=frozenset(range(9, 153)))
ROW: dict[str, Any] = {"board.shape": "rectangle", "board.columns": 2, "board.rows": 1}
SPINNAKER_1: dict[str, Any] = {"board.link_gbit_s": 0.25, "board.link_packet_bits": 40}

# Sends a packet from the first chip of a row to the second and one to the third, far apart.
TWO_WAYS = """
import numpy as np
from spinn2sim.hardware.board.link_options import LinkOptions
from spinn2sim.hardware.board.shape import rectangle
from spinn2sim.hardware.dead_parts import NOTHING_DEAD
from spinn2sim.hardware.traffic.board_latency import join_ways, run_board_lists
from spinn2sim.hardware.traffic.send_list import SendList
from spinn2sim.hardware.traffic.traffic_board import TrafficBoard

chips = TrafficBoard(rectangle(3, 1), LinkOptions(gbit_s=0.25, packet_bits=40, latency_ns=0), (NOTHING_DEAD,) * 3)
sent_q, keys = np.array([0, 120_000]), np.array([1 << 8 | 7, 2 << 8 | 7], np.uint32)
none = np.zeros(0, np.int64)
lists = [SendList(sent_q, np.array([7, 7]), keys, np.full(2, -1, np.int32), chips.tables[0])]
lists += [SendList(none, none, none.astype(np.uint32), none.astype(np.int32), table) for table in chips.tables[1:]]
ways = join_ways(chips.board, run_board_lists(chips, lists, "discrete_event")[1])
print(*(ways.delivered_q - ways.sent_q))
"""


@settings(max_examples=15)
@given(boards(most=3), st.sampled_from(BOARD_PATTERNS), st.sampled_from(("bernoulli", "poisson")), st.integers(0, 3))
def test_packets_arrive_by_shortest_ways(board: Board, name: Any, source: Any, seed: int) -> None:
    """Any board in one piece: each packet that is sent arrives once, over no more links than chips are apart, and not before its time."""
    chips = TrafficBoard(board, LinkOptions(), (PLAIN,) * len(board.chips))
    lists = make_board_traffic(BoardPattern(name, source), chips, 0.5, 4.0, seed)
    ways = join_ways(board, run_board_lists(chips, lists, DISCRETE_EVENT)[1])
    assert len(ways.sent_q) == sum(map(len, lists))
    assert len(ways.sent_q) or name == TORNADO or len(list(board.links())) == 0
    for number, one in enumerate(lists):
        targets = BoardPattern(name, source).targets(chips)[number]
        assert set((one.key >> 8).tolist()) <= set(targets)
    arrived = ways.arrived
    assert (ways.links[arrived] >= 1).all()
    unloaded_q = ways.links * LinkOptions().window_q
    assert (ways.delivered_q - ways.sent_q >= unloaded_q)[arrived].all()
    if name == NEIGHBOUR:
        assert arrived.all()
        assert (ways.links == 1).all()


def test_tornado_goes_half_way_round_each_row() -> None:
    """Along a row of n chips a chip sends ceil(n / 2) - 1 places on; rows of the hexagon have four to eight chips."""
    chips = TrafficBoard(hexagon(), LinkOptions(), (PLAIN,) * 48)
    ends = BoardPattern(TORNADO).targets(chips)
    places = {chip: hexagon().chips[ends[n][0]] for n, chip in enumerate(hexagon().chips)}
    assert places[0, 0] == (2, 0)
    assert places[4, 0] == (1, 0)
    assert places[7, 3] == (2, 3)
    assert sorted(places.values()) == sorted(hexagon().chips)


def test_links_of_spinnaker_1_carry_as_many_packets_as_published() -> None:
    """A link of 250 Mbit/s takes 6.25 million packets of 40 bits a second, and no more, in each direction."""
    study = api.traffic(
        "uniform", [0.1], timing=Timing(5, 20), seeds=1, engine=DISCRETE_EVENT, overrides={**ROW, **SPINNAKER_1}
    )
    (run,) = study.loads[0].runs
    assert study.board is not None
    per_us = run.accepted * sum(map(len, study.board.cores)) / 2
    assert per_us == pytest.approx(6.25, rel=0.01)
    assert study.loads[0].saturated
    assert run.channel_busy > 0.9
    assert "link" in run.busiest_channel


def test_a_five_stage_router_at_200_mhz_adds_25_ns() -> None:
    """With the clock, width and pipeline of SpiNNaker 1's router, a chip on the way adds five cycles and the service of one more link."""
    (line,) = played(TWO_WAYS, "ROUTER_MHZ=200", "ROUTER_ENGINES=1", "ROUTER_PIPELINE_CYCLES=5")
    near, far = map(int, line.split())
    assert far - near == (5 * 5 + 160) * 12


def test_a_full_queue_drops_and_counts() -> None:
    """With one place before a link, more than it takes is lost, and the table says how many."""
    options = {**ROW, **SPINNAKER_1, "board.link_queue": 1}
    study = api.traffic("neighbour", [0.2], timing=Timing(1, 5), seeds=1, engine=DISCRETE_EVENT, overrides=options)
    (run,) = study.loads[0].runs
    assert run.packets == run.deliveries + getattr(run, "lost", 0)
    assert getattr(run, "lost", 0) > 0
    assert study.loads[0].saturated
    assert any("lost" in line for line in traffic_lines(study))
    assert traffic_csv(study).splitlines()[0].endswith("links,lost")
    assert traffic_data(study)["board"]["link_queue"] == 1


def test_dead_parts_differ_from_chip_to_chip(tmp_path: Any) -> None:
    """A board file beside a board says which parts of which chip are dead; a PE that is dead neither sends nor receives."""
    (tmp_path / "b.toml").write_text("[[chip]]\nx = 1\ny = 0\ndead_pes = [1, 2]\n")
    study = api.traffic(
        "uniform",
        [0.05],
        timing=Timing(1, 4),
        seeds=1,
        engine=DISCRETE_EVENT,
        faults=tmp_path / "b.toml",
        overrides=ROW,
    )
    assert study.board is not None
    assert [len(cores) for cores in study.board.cores] == [148, 146]


@pytest.mark.parametrize(
    ("what", "changes", "said"),
    [
        ("neighbour", {}, "pattern: found neighbour without a board"),
        ("hotspot", ROW, "found hotspot with a board, allowed are the patterns uniform, neighbour, tornado"),
        ("nosuch.csv", ROW, "found nosuch.csv with a board"),
        ("tornado", ROW, "found tornado on a board of 2 chips where none has another chip"),
        ("uniform", {**ROW, "board.rows": 0}, "board.rows: found 0"),
        ("uniform", {**ROW, "board.dead_links": [[0, 0, "E"]]}, "allowed is a board in one piece"),
        ("uniform", {**ROW, "faults.drop_rate": 0.5}, "faults.drop_rate: found a fault during the run"),
        ("uniform", {**ROW, "faults.chip": [0, 0]}, r"faults.chip: found \[0, 0\]"),
        ("uniform", {**ROW, "training.copies": 2}, r"found no key of \[faults\]"),
    ],
)
def test_what_a_board_cannot_do_is_refused(what: str, changes: dict[str, Any], said: str) -> None:
    """Patterns of one chip, lists, boards that are none and faults during a run are refused in one line."""
    with pytest.raises(ScenarioError, match=said) as refusal:
        api.traffic(what, [0.1], seeds=1, engine=DISCRETE_EVENT, overrides=changes)
    assert "\n" not in str(refusal.value)


def test_tables_lead_everywhere() -> None:
    """From every chip of the hexagon the lines lead to every other chip in as many steps as they are apart."""
    board = hexagon()
    chips = TrafficBoard(board, LinkOptions(), (PLAIN,) * 48)
    ways = [{entry.key >> 8: entry.links for entry in table if entry.links} for table in chips.tables]
    for end in range(48):
        for start in range(48):
            chip, steps = start, 0
            while chip != end:
                (link,) = ways[chip][end]
                there = board.neighbour(board.chips[chip], link)
                assert there is not None, LINK_NAMES[link % N_LINKS]
                chip, steps = board.numbers[there], steps + 1
            (x, y), (u, v) = board.chips[start], board.chips[end]
            assert steps == max(abs(u - x), abs(v - y), abs((u - x) - (v - y)))


def test_sends_do_not_depend_on_other_chips() -> None:
    """Each chip draws from a generator of its own: on a longer row it sends at the same times."""
    lists = [
        make_board_traffic(
            BoardPattern(NEIGHBOUR), TrafficBoard(rectangle(n, 1), LinkOptions(), (PLAIN,) * n), 1.0, 5.0, 3
        )
        for n in (2, 3)
    ]
    assert np.array_equal(lists[0][0].sent_q, lists[1][0].sent_q)
    assert np.array_equal(lists[0][0].source, lists[1][0].source)
