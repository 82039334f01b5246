"""The keys of [board], and the board that they describe."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from small_scenario import SMALL
from spinn2sim.errors import ScenarioError
from spinn2sim.hardware.board.link_options import LinkOptions
from spinn2sim.hardware.board.shape import Board, hexagon, opposite, rectangle, triad
from spinn2sim.hardware.dead_parts import NOTHING_DEAD
from spinn2sim.scenario.board_of_scenario import board_of, link_options_of
from spinn2sim.scenario.draw_dead_parts import dead_parts_of
from spinn2sim.scenario.load import load_text
from spinn2sim.scenario.resolved import resolved_toml
from spinn2sim.trace.dead_parts_of_run import dead_parts_of_run
from spinn2sim.training.board_limits import refuse_with_board

TWO: dict[str, Any] = {"board.shape": "rectangle", "board.columns": 2, "board.rows": 1, "training.copies": 2}
HEXAGON: dict[str, Any] = {"board.shape": "hexagon", "training.copies": 48, "data.train_samples": 1056}


def test_scenario_without_a_board_is_one_chip() -> None:
    """Absent keys change nothing: no table in the resolved scenario, one chip, default links."""
    scenario = load_text(SMALL)
    assert "[board]" not in resolved_toml(scenario)
    assert board_of(scenario) == rectangle(1, 1)
    assert link_options_of(scenario) == LinkOptions()


@pytest.mark.parametrize(
    ("changes", "board"),
    [
        ({}, hexagon()),
        ({"board.wrap": True}, hexagon(wrap=True)),
        ({"board.shape": "triad", "training.copies": 144}, triad()),
        ({"board.shape": "rectangle", "board.columns": 3, "board.rows": 2}, rectangle(3, 2)),
    ],
)
def test_shapes_of_the_keys_are_those_of_the_hardware(changes: dict[str, Any], board: Board) -> None:
    """Each shape gives its chips, and the resolved scenario gives them again, whether it wraps around included."""
    scenario = load_text(SMALL, {**HEXAGON, **changes})
    assert board_of(scenario) == board
    again = load_text(resolved_toml(scenario))
    assert again == scenario
    assert again.board is not None
    assert again.board.wrap == board.wrap


def test_link_keys_are_the_options_of_links() -> None:
    """Rates, latency, queue and default routing of [board] reach the engines under the names of LinkOptions."""
    keys = {"link_gbit_s": 0.25, "link_packet_bits": 40, "link_latency_ns": 50, "link_queue": 3, "default_route": False}
    options = link_options_of(load_text(SMALL, {**TWO, **{f"board.{key}": value for key, value in keys.items()}}))
    assert options == LinkOptions(0.25, 40, 50, 3, default_route=False)
    assert options.service_q == 1920  # 160 ns, 6.25 million packets/s


def test_named_parts_are_dead_in_both_directions() -> None:
    """A dead link is listed from both of its chips, a link of a dead chip from none; [faults] holds for every chip."""
    dead = {"board.dead_chips": [[0, 0]], "board.dead_links": [[1, 0, "NE"], [0, 0, "E"]], "training.copies": 47}
    scenario = load_text(SMALL, {**HEXAGON, **dead, "faults.dead_pes": [7]})
    board = board_of(scenario)
    assert len(board.chips) == 47
    assert board.dead_links == {((1, 0), 1), ((2, 1), 4)}
    assert all(dead_parts_of(scenario, chip).pes == {7} for chip in board.chips)


@settings(max_examples=20)
@given(st.integers(0, 2**63 - 1), st.integers(0, 5), st.integers(0, 10))
def test_drawn_parts_are_counted_and_nested(seed: int, chips: int, links: int) -> None:
    """As many chips and links are dead as asked for, named ones beside them, and one more leaves the others dead."""
    boards = []
    for count in (links, links + 1):
        keys = {"board.seed": seed, "board.dead_chip_count": chips, "board.dead_link_count": count}
        named = {"board.dead_chips": [[4, 4]], "board.dead_links": [[3, 3, "E"]], "training.copies": 47 - chips}
        try:
            boards.append(board_of(load_text(SMALL, {**HEXAGON, **named, **keys})))
        except ScenarioError:
            return  # a chip in a corner may be cut off
    assert all((4, 4) not in board.numbers for board in boards)
    assert all(len(board.chips) == 47 - chips for board in boards)
    for fewer, more in pairwise(boards):
        assert fewer.chips == more.chips
        assert fewer.dead_links < more.dead_links
        assert len(more.dead_links) == len(fewer.dead_links) + 2
        assert {(board_end(more, *one), opposite(one[1])) for one in more.dead_links} == more.dead_links


def board_end(board: Board, chip: tuple[int, int], link: int) -> tuple[int, int]:
    """The chip at the other end of a dead link."""
    end = Board(board.width, board.height, board.wrap, board.chips).neighbour(chip, link)
    assert end is not None
    return end


def test_parts_of_single_chips_come_from_keys_and_from_a_board_file(tmp_path: Path) -> None:
    """A board file's chips keep their dead parts; the resolved scenario has them as keys and needs the file no more."""
    (tmp_path / "b.toml").write_text(
        '[[chip]]\nx = 1\ny = 0\ndead_pes = [17]\ndead_router_lines = [0, [5, 7]]\ndead_dram_interfaces = ["(7,3)"]\n'
    )
    own = {"board.dead_pes": [[0, 0, 9]], "board.dead_channels": [[0, 0, "(2,2)->(3,2)"]]}
    scenario = load_text(SMALL, {**TWO, **own, "faults.board": str(tmp_path / "b.toml"), "faults.dead_pes": [3]})
    (tmp_path / "b.toml").unlink()
    assert load_text(resolved_toml(scenario)) == scenario
    first, second = (dead_parts_of(scenario, chip) for chip in board_of(scenario).chips)
    assert (first.pes, second.pes) == ({3, 9}, {3, 17})
    assert {str(channel) for channel in first.channels} == {"(2,2)->(3,2)", "(3,2)->(2,2)"}
    assert second.router_lines == {0, 5, 6, 7}
    assert second.dram_interfaces == ((7, 3),)
    assert dead_parts_of(load_text(SMALL, {**TWO, "board.dead_pes": [[1, 0, 4]]}), (1, 0)).pes == {4}


def test_rates_of_faults_draw_for_each_chip() -> None:
    """The first chip has the dead PEs that it has without a board, and no other chip has the same."""
    rate = {"faults.dead_pe_rate": 0.1}
    scenario, alone = load_text(SMALL, {**TWO, **rate}), load_text(SMALL, rate)
    first, second = (dead_parts_of(scenario, chip).pes for chip in board_of(scenario).chips)
    assert first == dead_parts_of(alone).pes
    assert second != first


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"board.columns": None}, "board.columns: found nothing, allowed is a number of chips"),
        ({"board.rows": 0}, "board.rows: found 0"),
        ({"board.columns": 257}, "board.columns: found 257"),
        ({"board.columns": 17, "board.rows": 16}, "found 17 columns of 16 chips, allowed is at most 256"),
        ({"board.shape": "ring"}, 'board.shape: found "ring"'),
        ({"board.shape": "triad", "board.columns": None}, "board.rows: found 1, allowed is no such key"),
        ({"board.shape": "triad", "board.columns": None, "board.rows": None, "board.wrap": False}, "board.wrap: found false"),
        ({"board.parallel": "pipeline"}, 'board.parallel: found "pipeline"'),
        ({"board.link_gbit_s": 0}, "board.link_gbit_s: found 0"),
        ({"board.link_gbit_s": 1e-9}, "board.link_gbit_s: found 1e-09"),
        ({"board.link_gbit_s": 1e30}, r"board.link_gbit_s: found 1e\+30"),
        ({"board.link_packet_bits": 31}, "board.link_packet_bits: found 31"),
        ({"board.link_latency_ns": -1}, "board.link_latency_ns: found -1"),
        ({"board.link_latency_ns": 0.5}, "board.link_latency_ns: found 0.5"),
        ({"board.link_queue": -1}, "board.link_queue: found -1"),
        ({"board.default_route": 1}, "board.default_route: found 1"),
        ({"board.dead_chips": [[2, 0]]}, r"board.dead_chips: found \[2, 0\], allowed is \[x, y\] .*: x 0 to 1, y 0 to 0"),
        ({"board.dead_chips": [[0, 0], [0, 0]]}, r"board.dead_chips: found \[0, 0\] twice"),
        ({"board.dead_chips": [[0, 0], [1, 0]]}, "board.dead_chips: found all 2 chips"),
        ({"board.dead_chips": [1]}, r"board.dead_chips\[0\]: found 1"),
        ({"board.dead_links": [[0, 0, "W"]]}, r"board.dead_links: found \[0, 0, \"W\"\], allowed is .* those of chip \[0, 0\] are E"),
        ({"board.dead_links": [[0, 0, "e"]]}, r"board.dead_links\[0\]\[2\]: found \"e\""),
        ({"board.dead_links": [[5, 0, "E"]]}, r"board.dead_links: found \[5, 0, \"E\"\]"),
        ({"board.dead_links": [[0, 0, "E"]]}, r"board: found 1 of 2 chips that no way over links joins .* first \[1, 0\]"),
        ({"board.dead_links": [[0, 0, "E"], [0, 0, "E"]]}, "twice, allowed is one entry"),
        ({"board.dead_chip_count": 2}, "board.dead_chip_count: found 2, allowed is at most 1"),
        ({"board.dead_link_count": 2}, "board.dead_link_count: found 2, allowed is at most the 1 links"),
        ({"training.copies": 3}, "training.copies: found 3, allowed is a multiple of the 2 chips that work, such as 2"),
        ({"training.copies": 514}, "training.copies: found 514, allowed is at most 512: 256 on each of 2 chips"),
        ({"training.copies": 257, "board.parallel": "model"}, "training.copies: found 257, allowed is at most 256"),
        ({"faults.drop_rate": 0.1}, "faults.drop_rate: found what breaks during a run"),
        ({"board.dead_pes": [[2, 0, 5]]}, r"board.dead_pes: found \[2, 0, 5\], allowed is x and y of a chip of the board"),
        ({"board.dead_pes": [[0, 0, 153]]}, r"board.dead_pes\[0\]\[2\]: found 153"),
        ({"board.dead_channels": [[0, 0, "nosuch"]]}, "board.dead_channels: found 'nosuch'"),
        ({"board.dead_router_lines": [[0, 0, 9, 3]]}, r"board.dead_router_lines: found \[9, 3\]"),
        ({"faults.chip": [0, 0]}, r"faults.chip: found \[0, 0\]"),
        ({"faults.fewer_copies": True}, "faults.fewer_copies: found it beside"),
        ({"board": 3}, r"board: found 3, allowed is a table \[board\]"),
        ({"board.colums": 3}, "unknown key board.colums; did you mean board.columns"),
    ],
)  # fmt: skip
def test_wrong_boards_are_refused(changes: dict[str, Any], said: str) -> None:
    """What no board can be is refused in one line: where, what was found, what is allowed."""
    keys = {**TWO, "data.train_samples": 1000, **changes} if "board" not in changes else changes
    with pytest.raises(ScenarioError, match=said) as refusal:
        load_text(SMALL, {key: value for key, value in keys.items() if value is not None})
    lines = str(refusal.value).splitlines()
    assert all(" found " in line or "unknown key" in line for line in lines)


def test_more_copies_than_a_chip_holds_go_on_a_board() -> None:
    """48 chips take a batch of 1,056 samples."""
    assert load_text(SMALL, {**HEXAGON, "training.copies": 1056}).training.copies == 1056


def test_emulated_engine_has_no_board() -> None:
    """The engine that emulates the firmware plays one chip; with a board it is refused before anything is made."""
    with pytest.raises(ScenarioError, match=r'engine: found "emulated" with \[board\], allowed is "compiled" or'):
        refuse_with_board(load_text(SMALL, TWO), "emulated")
    refuse_with_board(load_text(SMALL), "emulated")
    refuse_with_board(load_text(SMALL, TWO), "compiled")


def test_a_chips_folder_of_a_run_has_its_dead_parts(tmp_path: Path) -> None:
    """Tables of a chip are read with the routes around what is dead on that chip; the run's own folder is the first that works."""
    keys = {"board.dead_chips": [[0, 0]], "board.columns": 3, "board.dead_pes": [[0, 0, 1], [1, 0, 2], [2, 0, 3]]}
    (tmp_path / "scenario.toml").write_text(resolved_toml(load_text(SMALL, {**TWO, **keys})))
    assert dead_parts_of_run(tmp_path).pes == {2}
    assert dead_parts_of_run(tmp_path / "chip-2-0").pes == {3}
    (tmp_path / "scenario.toml").write_text(resolved_toml(load_text(SMALL)))
    assert dead_parts_of_run(tmp_path) == NOTHING_DEAD
