"""A complete run is continued if more epochs are asked for, and ends as if they had been asked for from the start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import spinn2sim
from interrupting_reporter import StopsAt
from spinn2sim.errors import OutputError, ScenarioError
from spinn2sim.training.reporter import RunReporter

EPOCHS = "training.epochs"


def files(folder: Path) -> dict[str, bytes]:
    """Read the files of a run that hold no wall times, by name, including parts of tables that were not removed."""
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    timed = ("metrics.jsonl", "provenance.json", "summary.json", "manifest.json", ".lock")
    return {name: (folder / name).read_bytes() for name in sorted(names) if name not in timed}


@pytest.mark.parametrize("traced", [{}, {"trace.packets": "all"}])
def test_more_epochs_on_the_chip(small: Path, tmp_path: Path, traced: dict[str, Any]) -> None:
    """One epoch, continued to three, gives the bytes of three: weights, checkpoint, results, every table, the scenario."""
    whole = spinn2sim.run(small, tmp_path / "whole", {EPOCHS: 3, **traced})
    spinn2sim.run(small, tmp_path / "more", {EPOCHS: 1, **traced})
    more = spinn2sim.resume(tmp_path / "more", overrides={EPOCHS: 3})

    assert more.summary["status"] == "complete"
    assert [line["test_loss"] for line in more.metrics] == [line["test_loss"] for line in whole.metrics]
    assert files(more.folder) == files(whole.folder)


def test_more_epochs_on_the_mirror_with_the_best_kept(small: Path, tmp_path: Path) -> None:
    """The best epoch so far is remembered, and the epochs that are left are trained from the last one."""
    keys = {"training.validation_samples": 10, "training.keep": "best"}
    whole = spinn2sim.train(small, tmp_path / "whole", {EPOCHS: 4, **keys})
    spinn2sim.train(small, tmp_path / "more", {EPOCHS: 2, **keys})
    more = spinn2sim.resume(tmp_path / "more", overrides=[f"{EPOCHS}=4"])

    assert files(more.folder) == files(whole.folder)
    assert more.summary["kept"]["epoch"] == whole.summary["kept"]["epoch"]


def test_an_edit_of_the_scenario_does_the_same(small: Path, tmp_path: Path) -> None:
    """If the number of epochs is raised in the run's scenario.toml, the additional epochs are run, too."""
    run = spinn2sim.train(small, tmp_path / "run", {EPOCHS: 1})
    file = run.folder / "scenario.toml"
    file.write_text(file.read_text().replace("epochs = 1\n", "epochs = 2\n", 1))
    assert [line["epoch"] for line in spinn2sim.resume(run.folder).metrics] == [0, 1, 2]


def test_interrupted_on_the_way(small: Path, tmp_path: Path) -> None:
    """A run that is being continued can be interrupted and resumed like any other, without naming the epochs again."""
    whole = spinn2sim.run(small, tmp_path / "whole", {EPOCHS: 3})
    spinn2sim.run(small, tmp_path / "more", {EPOCHS: 1})
    cut = spinn2sim.resume(tmp_path / "more", StopsAt("train", 3), overrides={EPOCHS: 3})
    assert cut.summary["status"] == "interrupted"
    assert files(spinn2sim.resume(tmp_path / "more").folder) == files(whole.folder)


def test_a_part_of_a_later_epoch_is_not_made_up(small: Path, tmp_path: Path) -> None:
    """If a table's part of an epoch after the complete run is lost, resuming is refused; the part is not taken as empty."""
    spinn2sim.run(small, tmp_path / "more", {EPOCHS: 1})
    summary = (tmp_path / "more" / "summary.json").read_bytes()
    spinn2sim.resume(tmp_path / "more", StopsAt("train", 3), overrides={EPOCHS: 3})
    (tmp_path / "more" / "summary.json").write_bytes(summary)  # as a kill would have left it
    (tmp_path / "more" / "channels" / "part-000002-0.parquet").unlink()
    with pytest.raises(OutputError, match=r"part-000002-0\.parquet: is missing"):
        spinn2sim.resume(tmp_path / "more")


def test_the_epochs_that_were_run_change_nothing(small: Path, tmp_path: Path) -> None:
    """A complete run that has the epochs asked for already is not changed."""
    run = spinn2sim.train(small, tmp_path / "run", {EPOCHS: 1})
    before = files(run.folder)
    assert files(spinn2sim.resume(run.folder, overrides={EPOCHS: 1}).folder) == before


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({EPOCHS: 1}, "epoch: found 2"),
        ({"seed": 4}, "--set seed: found beside --resume, allowed is training.epochs alone"),
    ],
)
def test_nothing_else_can_be_changed(small: Path, tmp_path: Path, overrides: dict[str, Any], said: str) -> None:
    """Fewer epochs than were run, and any other key, are refused; the run is not changed."""
    run = spinn2sim.train(small, tmp_path / "run")
    before = files(run.folder)
    with pytest.raises(Exception, match=said) as error:
        spinn2sim.resume(run.folder, overrides=overrides)
    assert isinstance(error.value, ScenarioError | OSError)
    assert files(run.folder) == before


def test_a_cosine_that_has_ended_is_said(small: Path, tmp_path: Path) -> None:
    """The length of a cosine is fixed when a run begins; a warning says if epochs after its end are run."""
    said: list[str] = []

    class Listener(RunReporter):
        def warn(self, text: str) -> None:
            said.append(text)

    spinn2sim.train(small, tmp_path / "run", {EPOCHS: 2, "optimizer.schedule": "cosine"})
    spinn2sim.resume(tmp_path / "run", Listener(), overrides={EPOCHS: 3})
    assert any("the cosine ends with epoch 2" in text for text in said)
