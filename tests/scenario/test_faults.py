"""The keys of [faults], board files, and what is drawn from them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from small_scenario import SMALL
from spinn2sim.errors import MappingWarning, ScenarioError
from spinn2sim.hardware.dead_parts import NOTHING_DEAD
from spinn2sim.hardware.facts import N_CORES
from spinn2sim.scenario.draw_dead_parts import PAIRS, dead_parts_of
from spinn2sim.scenario.load import load_text
from spinn2sim.scenario.resolved import resolved_toml

BOARD = """
[[chip]]
x = 1
y = 2
dead_pes = [17]
dead_channels = ["(2,2)->(3,2)"]
dead_router_lines = [0, [100, 199]]
[[chip]]
x = 0
y = 0
dead_dram_interfaces = ["(7,3)"]
"""


@pytest.fixture
def board(tmp_path: Path) -> Path:
    """A board with two faulty chips."""
    (tmp_path / "board.toml").write_text(BOARD)
    return tmp_path / "board.toml"


def test_chip_without_faults_has_no_table_of_them() -> None:
    """A scenario that names nothing dead is resolved as before there were faults; rates of 0 leave everything alive."""
    assert "[faults]" not in resolved_toml(load_text(SMALL))
    for changes in ({}, {"faults.dead_pe_rate": 0}):
        assert dead_parts_of(load_text(SMALL, changes)) == NOTHING_DEAD


def test_board_file_is_copied_into_the_resolved_scenario(board: Path) -> None:
    """The lists of the chosen chip are joined with those of the scenario; the resolved scenario is equal without the file."""
    changes = {"faults.board": str(board), "faults.chip": [1, 2], "faults.dead_pes": [3]}
    scenario = load_text(SMALL, changes)
    board.unlink()
    assert load_text(resolved_toml(scenario)) == scenario
    dead = dead_parts_of(scenario)
    assert dead.pes == {3, 17}
    assert {str(channel) for channel in dead.channels} == {"(2,2)->(3,2)", "(3,2)->(2,2)"}
    assert dead.router_lines == {0, *range(100, 200)}


def test_board_path_is_relative_to_the_scenario(board: Path) -> None:
    """A board file is found from the scenario's folder, as data files are, and without faults.chip its chip (0, 0) is taken."""
    scenario = load_text(SMALL + '[faults]\nboard = "board.toml"\n', folder=board.parent)
    assert dead_parts_of(scenario).dram_interfaces == ((7, 3),)


def test_chip_that_is_not_on_the_board_file_is_said(board: Path) -> None:
    """A chip that is not listed has no dead parts, which is more often a mistake than meant."""
    with pytest.warns(MappingWarning, match=r"chip \(5, 5\) is not listed.*\(1, 2\), \(0, 0\)"):
        assert dead_parts_of(load_text(SMALL, {"faults.board": str(board), "faults.chip": [5, 5]})) == NOTHING_DEAD


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("chip = 3", "chip: found 3, allowed are tables"),
        ("[[chips]]\nx = 0", "found 'chips', allowed are tables"),
        ("[[chip]]\nx = 0", r"chip\[0\].y is missing"),
        ("[[chip]]\nx = 0\ny = 0\ndead_pe = [1]", r"unknown key chip\[0\].dead_pe; did you mean dead_pes"),
        ("[[chip]]\nx = 0\ny = 0\ndead_pes = [153]", r"chip\[0\].dead_pes\[0\]: found 153"),
        ("[[chip]]\nx = 0\ny = 0\n[[chip]]\nx = 0\ny = 0", r"chip\[1\]: found \(0, 0\) again"),
        ('[[chip]]\nx = 0\ny = 0\ndead_channels = ["(1,1)->(3,3)"]', r"chip\[0\].dead_channels: found '\(1,1\)->\(3,3\)'"),
        ("[[chip]]\nx = 300\ny = 0", r"chip\[0\].x: found 300"),
        ("[[chip", "not a TOML file"),
    ],
)  # fmt: skip
def test_wrong_board_files_are_refused(tmp_path: Path, text: str, said: str) -> None:
    """A refusal of a board file names the file, the entry, what was found and what is allowed, in one line."""
    (tmp_path / "b.toml").write_text(text)
    with pytest.raises(ScenarioError, match=f"b.toml: {said}") as refusal:
        load_text(SMALL, {"faults.board": str(tmp_path / "b.toml")})
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("dead_pes", [0], r"dead_pes\[0\]: found 0"),
        ("dead_pes", ["1"], r"dead_pes\[0\]: found \"1\""),
        ("dead_channels", ["(4,3)->(4,2)", "nosuch"], "dead_channels: found 'nosuch'"),
        ("dead_router_lines", [16_384], "dead_router_lines.*found 16384"),
        ("dead_router_lines", [[9, 3]], r"dead_router_lines: found \[9, 3\]"),
        ("dead_router_ports", ["(1,1)"], r"dead_router_ports: found '\(1,1\)', allowed is '\(3,3\)'"),
        ("dead_dram_interfaces", ["7,3"], r"dead_dram_interfaces: found '7,3', allowed is '\(7,3\)'"),
        ("dead_pe_rate", 1.5, "dead_pe_rate: found 1.5"),
        ("chip", [0, 0], r"chip: found \[0, 0\].*without faults.board"),
        ("board", "nosuch.toml", "nosuch.toml: cannot be read"),
        ("fewer_copies", 1, "fewer_copies: found 1"),
    ],
)
def test_wrong_faults_are_refused(key: str, value: object, said: str) -> None:
    """Names that no part has, numbers out of range and types that are not due are refused by key."""
    with pytest.raises(ScenarioError, match=said):
        load_text(SMALL, {f"faults.{key}": value})


@settings(max_examples=20)
@given(st.floats(0, 1), st.floats(0, 1), st.integers(0, 1000))
def test_higher_rate_only_adds_dead_parts(low: float, high: float, seed: int) -> None:
    """With one seed, what is dead at a rate is dead at any higher one; rates 0 and 1 leave all or nothing."""
    low, high = sorted((low, high))
    names = ("pe", "channel", "router_line", "router_port", "dram_interface")
    few, many, all_dead = (
        dead_parts_of(load_text(SMALL, {"seed": seed, **{f"faults.dead_{name}_rate": rate for name in names}}))
        for rate in (low, high, 1)
    )
    assert few.pes <= many.pes <= all_dead.pes == set(range(1, N_CORES + 1))
    assert few.channels <= many.channels <= all_dead.channels
    assert few.router_lines <= many.router_lines
    assert all_dead.live_router_lines == 0
    assert set(PAIRS) <= all_dead.channels
    assert (len(all_dead.router_ports), len(all_dead.dram_interfaces)) == (6, 2)


def test_drawn_parts_change_with_the_seed() -> None:
    """Rates are drawn by the scenario's seed."""
    draws = {dead_parts_of(load_text(SMALL, {"seed": seed, "faults.dead_pe_rate": 0.1})).pes for seed in range(5)}
    assert len(draws) == 5
