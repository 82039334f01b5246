"""Any experiment: what it leaves, resuming without repeating, workers that die, and what is refused."""

from __future__ import annotations

import json
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from spinn2sim.errors import DataError, OutputError, Spinn2simError
from spinn2sim.experiments.runner import catalogue
from spinn2sim.experiments.runner.experiment_jobs import ExperimentJobs
from spinn2sim.experiments.runner.experiment_reporter import ExperimentReporter
from spinn2sim.experiments.runner.protocol import Options, Value
from spinn2sim.experiments.runner.reproduce import reproduce
from spinn2sim.files.atomic import locked


class Heard(ExperimentReporter):
    """A reporter that remembers."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def say(self, text: str) -> None:
        """Keep it."""
        self.words.append(text)

    warn = say


def test_what_it_leaves(sums: Path, tmp_path: Path) -> None:
    """Summary with ours beside theirs, nulls where they print none, labels, table, figure; a job's words reach the reporter."""
    heard = Heard()
    found = reproduce("sums", tmp_path / "out", reporter=heard)
    data = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert data == found.data
    first, second = data["values"]
    assert first["ours"] == {"value": 10, "error": 0.5, "runs": 2}
    assert first["published"] == {"source": "paper, Table 1", "value": 10.0, "error": 1.0}
    assert (first["holds"], found.holds, found.complete) == (False, False, True)
    assert second["published"] == {"source": "paper, Figure 1: drawn", "value": None, "error": None}
    assert data["labels"] == ["not measured"]
    assert data["jobs"]["done"] == 6
    assert data["provenance"]["command"] == "reproduce sums"
    assert (tmp_path / "out" / "table.csv").read_text().splitlines()[:2] == ["row,sum,none", "a,10,"]
    assert (tmp_path / "out" / "sums.png").read_bytes().startswith(b"\x89PNG")
    assert heard.words[0] == "a, seed 0, add 10: half"


def test_quick_is_judged_by_nothing(sums: Path, tmp_path: Path) -> None:
    """A reduced run takes the first seed, says first that it is one, and neither holds nor fails."""
    found = reproduce("sums", tmp_path / "out", Options(quick=True))
    assert found.data["labels"][0].startswith("QUICK")
    assert found.data["options"]["seeds"] == [0]
    assert [value["holds"] for value in found.data["values"]] == [None, None]
    assert found.holds


def test_resume_repeats_nothing(sums: Path, tmp_path: Path) -> None:
    """After Ctrl-C in the second row a resumed run does the rest alone, and ends as an undisturbed one."""
    whole = reproduce("sums", tmp_path / "whole", Options(seeds=(3, 5)))
    (sums / "sums.log").unlink()
    (sums / "sums.stop").write_text("b")
    cut = reproduce("sums", tmp_path / "cut", Options(seeds=(3, 5)))
    assert (cut.complete, cut.data["values"], cut.data["jobs"]["done"]) == (False, [], 2)
    (sums / "sums.stop").unlink()
    again = reproduce(resume=tmp_path / "cut")
    assert (sums / "sums.log").read_text().split() == ["a3", "a5", "b3", "b5", "c3", "c5"]
    assert again.data["values"] == whole.data["values"]
    assert (tmp_path / "cut" / "table.csv").read_bytes() == (tmp_path / "whole" / "table.csv").read_bytes()
    assert len(again.data["provenance"]["resumed"]) == 1


class Mortal:
    """Workers that die so many times, and then do what they are asked."""

    lost = (EOFError,)

    def __init__(self, deaths: int) -> None:
        self.deaths = deaths

    def capacity(self) -> int:
        """Two at once."""
        return 2

    def submit(self, task: Any, job: Any) -> Future[Any]:
        """Dead, or done."""
        future: Future[Any] = Future()
        if self.deaths:
            self.deaths -= 1
            future.set_exception(EOFError())
        else:
            future.set_result(task(job))
        return future

    def close(self) -> None:
        """Nothing."""


@pytest.mark.parametrize(("deaths", "survives"), [(2, True), (9, False)])
def test_a_worker_that_dies(deaths: int, survives: bool, sums: Path, tmp_path: Path) -> None:
    """A job whose worker died is begun again, not for ever."""
    experiment = catalogue.find_experiment("sums")
    reproduce("sums", tmp_path / "out", Options(quick=True))
    jobs = experiment.jobs(Options(seeds=(7,), quick=True))
    heard = Heard()
    runner = ExperimentJobs(experiment, jobs, tmp_path / "out", heard, {})
    if survives:
        finished = runner.run(Mortal(deaths))
        assert finished is not None
        assert [done.result["sum"] for done in finished] == [8, 8, 8]
        assert len([text for text in heard.words if "worker died" in text]) == deaths
    else:
        with pytest.raises(OutputError, match="the machine ended it 3 times"):
            runner.run(Mortal(deaths))


def test_refusals(sums: Path, tmp_path: Path) -> None:
    """What an experiment does not take is refused in one line, before anything is written."""
    for arguments, told in (
        ({"name": "suns"}, "nearest sums"),
        ({"name": "fig1", "options": Options(seeds=(1,))}, "fig1: found --seeds, allowed is none"),
        ({"name": "fig1", "options": Options(data=tmp_path)}, "fig1: found --data, allowed is none"),
        ({"name": "sums", "options": Options(data=tmp_path / "no")}, "no: found no folder, allowed is folders"),
        ({"name": "sums", "options": Options(seeds=(1, 1))}, "unlike numbers"),
        ({"resume": tmp_path}, "found no experiment.json"),
        ({}, "found no name"),
    ):
        with pytest.raises(DataError, match=told) as refused:
            reproduce(out=tmp_path / "out", **arguments)  # type: ignore[arg-type]
        assert "\n" not in str(refused.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("experiment.json", '{"experiment": "sums", "options": {"seeds": 3}}', "found no options"),
        ("experiment.json", "[]", "found no JSON object"),
        ("jobs/0001.json", "{", "found no JSON object"),
        ("jobs/0001.json", '{"job": {"row": "z"}}', "found another job than a, seed 1, add 10"),
        (
            "jobs/0001.json",
            '{"job": {"row": "a", "seed": 1, "settings": {"add": 10}}, "result": 3}',
            "found no result",
        ),
        (
            "jobs/0001.json",
            '{"job": {"row": "a", "seed": 1, "settings": {"add": 10}}, "result": {}, "seconds": 1, "sources": "0"}',
            "was made by other sources",
        ),
    ],
)
def test_a_spoilt_directory(file: str, text: str, told: str, sums: Path, tmp_path: Path) -> None:
    """A directory that says something else than it was begun with is refused, and its results stay."""
    reproduce("sums", tmp_path / "out")
    (tmp_path / "out" / file).write_text(text)
    with pytest.raises(Spinn2simError, match=told):
        reproduce(resume=tmp_path / "out")
    assert len(list((tmp_path / "out" / "jobs").iterdir())) == 6


def test_two_at_once(sums: Path, tmp_path: Path) -> None:
    """A directory in which another process is at work is refused."""
    reproduce("sums", tmp_path / "out")
    with locked(tmp_path / "out", "reproducing"), pytest.raises(OutputError, match="another process is reproducing"):
        reproduce(resume=tmp_path / "out")


def test_the_catalogue_is_what_it_says() -> None:
    """Each module of experiments has an experiment of its own name, with a title, a source, and something to draw."""
    for name in catalogue.experiment_names():
        found = catalogue.find_experiment(name)
        assert found.name == name
        assert found.title
        assert found.source
        assert found.figures


def test_a_value_holds_between_its_bounds() -> None:
    """One bound or two; no value never holds; without bounds nothing is judged."""
    assert Value("a", "x", 1.0, allowed=(1.0, 2.0)).holds is True
    assert Value("a", "x", 2.5, allowed=(None, 2.0)).holds is False
    assert Value("a", "x", None, allowed=(0.0, None)).holds is False
    assert Value("a", "x", None).holds is None


def test_a_value_over_seeds_is_their_mean_and_standard_deviation() -> None:
    """Several seeds give the mean and the sample standard deviation; one seed has no error."""
    several = Value.over_seeds("a", "x", [1.0, 2.0, 3.0], allowed=(1.5, None))
    assert (several.value, several.error, several.runs, several.holds) == (2.0, 1.0, 3, True)
    one = Value.over_seeds("a", "x", [4])
    assert (one.value, one.error, one.runs, one.holds) == (4.0, None, 1, None)
