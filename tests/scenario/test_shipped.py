"""Shipped scenarios are found by name, a user's own files go first, and a wrong name is answered with the right one."""

from __future__ import annotations

from pathlib import Path

import pytest

from places import SCENARIOS
from small_scenario import SMALL
from spinn2sim.errors import DataWarning, ScenarioError
from spinn2sim.scenario import load
from spinn2sim.scenario.shipped import (
    BOARD,
    SCENARIO,
    SPACE,
    ShippedKind,
    closest_first,
    describe_shipped,
    find_shipped,
    shipped_names,
)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder outside the checkout."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_file_of_the_folder_has_a_name() -> None:
    """A scenario without a name could not be run from an installed package; a space or a board is no scenario."""
    named = {
        find_shipped(name, kind) for kind in (SCENARIO, SPACE, BOARD) for name in shipped_names(kind)
    }  # fmt: skip

    assert named == set(SCENARIOS.rglob("*.toml"))


def test_every_scenario_says_what_it_is() -> None:
    """The list shows the first comment of each file."""
    assert [name for name in shipped_names() if len(describe_shipped(name)) < 20] == []


@pytest.mark.parametrize(
    ("name", "kind", "file"),
    [
        ("yinyang", SCENARIO, "yinyang.toml"),
        ("best/small", SCENARIO, "best/small.toml"),
        ("yinyang", SPACE, "spaces/yinyang.toml"),
        ("spaces/yinyang", SPACE, "spaces/yinyang.toml"),
        ("one-chip", BOARD, "boards/one-chip.toml"),
    ],
)
def test_found_by_name(name: str, kind: ShippedKind, file: str) -> None:
    """Names work in any folder, and a folder of a name with content, such as a run, does not hide them."""
    (Path(name) / "x").mkdir(parents=True)

    assert find_shipped(name, kind) == SCENARIOS / file


def test_own_files_go_first() -> None:
    """A path is a path, and NAME.toml of the working folder goes before the shipped scenario, which is said."""
    Path("yinyang.toml").write_text(SMALL)
    Path("mine.toml").write_text(SMALL)

    assert find_shipped("yinyang.toml") == Path("yinyang.toml")
    assert find_shipped("mine") == Path("mine.toml")
    with pytest.warns(DataWarning, match=r"yinyang: yinyang\.toml of this folder is used"):
        assert load("yinyang").name == "small"
    assert find_shipped("yinyang", SPACE) == SCENARIOS / "spaces/yinyang.toml"


@pytest.mark.parametrize("name", ["yinyan", "yingyang", "YINYANG", "scenarios/yinyang.toml", "yinyang.tom"])
def test_a_wrong_name_is_answered_with_the_closest(name: str) -> None:
    """Somebody who mistypes a name reads the right one first, and the others after it."""
    with pytest.raises(
        ScenarioError, match=r"no such file, allowed is a TOML file or a shipped scenario: yinyang, "
    ) as refusal:
        load(name)
    assert "digits" in str(refusal.value)
    assert len(str(refusal.value)) < 600


@pytest.mark.parametrize("name", ["", ".", "/nowhere", "a\nb", "x" * 5000, "..", "nothing/at/all", "\x1b[31m", "a\0b"])
def test_strange_names_are_refused_in_one_line(name: str) -> None:
    """Whatever is given as a scenario, the answer is one line."""
    with pytest.raises(ScenarioError) as refusal:
        load(name)
    assert "\n" not in str(refusal.value)


def test_boards_are_found_by_name() -> None:
    """A key that names a file takes the name of a shipped board."""
    faults = load("yinyang", {"faults.board": "one-chip"}).faults

    assert faults is not None
    assert faults.dead_pes


def test_what_is_alike_comes_first_and_the_rest_keeps_its_order() -> None:
    """Names that have nothing to do with the wrong one are not shuffled."""
    assert closest_first("delta", ["beta", "alpha", "delt", "gamma"]) == ["delt", "beta", "alpha", "gamma"]
