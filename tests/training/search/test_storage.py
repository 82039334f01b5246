"""The directory of a sweep: one that belongs to another sweep, is damaged, or is in use is refused and not changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import spinn2sim
from places import ROOT
from spinn2sim.errors import Spinn2simError
from spinn2sim.files.atomic import locked
from spinn2sim.training.search.journal import JOURNAL


@pytest.fixture
def swept(scenario: Path, space: Path, tmp_path: Path) -> Path:
    """Return the directory of a finished sweep of three trials."""
    return spinn2sim.sweep(scenario, space, tmp_path / "swept").folder


def refused(folder: Path, told: str, *files: Path) -> None:
    """Check that resuming is refused in one line, and that the journal is not changed."""
    before = (folder / JOURNAL).read_bytes()
    with pytest.raises(Spinn2simError, match=told) as error:
        spinn2sim.sweep(*files, resume=folder)
    assert "\n" not in str(error.value)
    assert (folder / JOURNAL).read_bytes() == before


def test_another_space_or_scenario(swept: Path, scenario: Path, space: Path, tmp_path: Path) -> None:
    """A scenario and a space given with --resume must be those of the sweep."""
    other = tmp_path / "other.toml"
    other.write_text(space.read_text().replace("trials = 3", "trials = 4"))
    refused(swept, "a sweep of another space than", scenario, other)
    other.write_text(scenario.read_text().replace("seed = 0", "seed = 1", 1))
    refused(swept, "a sweep of another scenario than", other, space)
    assert len(spinn2sim.sweep(scenario, space, resume=swept).data["trials"]) == 3


def test_a_file_of_the_directory_that_was_changed(swept: Path) -> None:
    """A space that was edited in the directory is refused, since the trials there belong to the former one."""
    (swept / "space.toml").write_text((swept / "space.toml").read_text() + "# more\n")
    refused(swept, "another text than the sweep began with")


@pytest.mark.parametrize(
    "text", ["", "no journal", "no journal\n", "{}\n", "[3]\n", '{"op_code": 99, "worker_id": "x"}\n']
)
def test_no_journal(text: str, swept: Path) -> None:
    """A file that is not a journal of Optuna is refused."""
    (swept / JOURNAL).write_text(text)
    refused(swept, "allowed is")


def test_another_study(swept: Path) -> None:
    """An Optuna journal that holds another study is refused."""
    text = (swept / JOURNAL).read_text()
    (swept / JOURNAL).write_text(text.replace('"study_name":"spinn2sim sweep"', '"study_name":"mine"'))
    refused(swept, "found the studies")


@pytest.mark.parametrize("source", [None, 3, {"scenario": 3}])
def test_a_source_of_another_shape(source: object, swept: Path) -> None:
    """A journal whose record of scenario and space has another form is refused."""
    lines = (swept / JOURNAL).read_text().splitlines()
    line = next(k for k, line in enumerate(lines) if '"source"' in line)
    lines[line] = json.dumps({**json.loads(lines[line]), "user_attr": {"source": source}})
    (swept / JOURNAL).write_text("\n".join(lines) + "\n")
    refused(swept, "not a sweep's source")


def test_two_at_once(swept: Path) -> None:
    """A directory in which another process is sweeping is refused."""
    with locked(swept, "sweeping"):
        refused(swept, "another process is sweeping in it")


def test_optuna_opens_the_journal(swept: Path) -> None:
    """Optuna's own storage class, which optuna-dashboard opens a journal with, finds the study with every trial and its parameters."""
    import optuna
    from optuna.storages.journal import JournalFileBackend

    from spinn2sim.training.search.trial_log import STUDY_NAME

    storage = optuna.storages.JournalStorage(JournalFileBackend(str(swept / JOURNAL)))
    study = optuna.load_study(study_name=STUDY_NAME, storage=storage)
    said = json.loads((swept / "sweep.json").read_text())["trials"]
    assert [trial.number for trial in study.trials] == list(range(len(said)))
    assert all(trial.params for trial in study.trials)
    assert STUDY_NAME in (ROOT / "docs" / "how-to" / "sweep.md").read_text()
