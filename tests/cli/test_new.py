"""`new` writes scenarios that load, with comments, and overwrites nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from places import SCENARIOS
from spinn2sim.cli.new_command import new
from spinn2sim.errors import Spinn2simError
from spinn2sim.scenario.load import load
from spinn2sim.scenario.shipped import shipped_names


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("like", shipped_names())
def test_like_any_scenario(like: str) -> None:
    """A scenario like a shipped one is that one under another name, defaults left out; a sentence stands beside each key."""
    done = CliRunner().invoke(new, ["mine", "--like", like])
    if done.exception is not None:  # of which a file is not here
        assert isinstance(done.exception, Spinn2simError)
        assert not Path("mine.toml").exists()
        return
    mine, theirs = load("mine.toml"), load(SCENARIOS / f"{like}.toml")
    assert replace(mine, name=theirs.name, data=replace(mine.data, path=theirs.data.path)) == theirs
    assigned = [
        line for line in Path("mine.toml").read_text().splitlines() if " = " in line and not line.startswith("#")
    ]
    assert sum(" # " in line for line in assigned) >= len(assigned) - 2


def test_like_csv(here: Path) -> None:
    """A scenario for a CSV file names NAME.csv, or the file that is given, and takes its counts."""
    assert CliRunner().invoke(new, ["wine"]).output == "wine.toml: written; next: spinn2sim run wine.toml\n"
    assert 'path = "wine.csv"' in (here / "wine.toml").read_text()
    assert CliRunner().invoke(new, ["other", "--data", str(SCENARIOS / "iris.csv")]).exit_code == 0
    assert (load("other.toml").data.train_samples, load("other.toml").data.source) == (120, "csv")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["mine", "--like", "yinyan"], "found no shipped scenario of this name, allowed is csv or one of them, such as yinyang"),
        (["there", "--like", "yinyang"], "there.toml: exists already"),
        (["a$b", "--like", "yinyang"], "name: found 'a\\$b'"),
        (["mine", "--data", "nowhere.csv"], "found no such file"),
    ],
)  # fmt: skip
def test_refusals(here: Path, words: list[str], said: str) -> None:
    """A name that is taken or is none, and a scenario or a file that is not there, are refused, and nothing is written."""
    (here / "there.toml").write_text("")
    with pytest.raises(Spinn2simError, match=said):
        CliRunner().invoke(new, words, catch_exceptions=False)
    assert [path.name for path in here.iterdir()] == ["there.toml"]
