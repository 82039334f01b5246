"""A sweep goes on only with the data that it began with, wherever they lie, and with the files that it wrote; verify checks it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import spinn2sim
from small_scenario import SMALL
from spinn2sim.errors import DataError, OutputError
from spinn2sim.files import atomic
from spinn2sim.training.search.journal import JOURNAL
from spinn2sim.training.search.sweep_reporter import SweepReporter
from spinn2sim.training.search.sweep_result import SweepResult

SPACE = """[sweep]
sampler = "random"
trials = 3
epochs = 1
[space]
"optimizer.learning_rate" = {low = 1e-3, high = 1e-2, log = true}
"""


class StopsAfter(SweepReporter):
    """Interrupts the sweep after so many trials."""

    def __init__(self, trials: int) -> None:
        self._trials = trials

    def trial(self, space: object, trial: object, done: int, trials: int) -> None:
        """Stop after the last one that is wanted."""
        if done == self._trials:
            raise KeyboardInterrupt


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a folder with a scenario, a space and data, and a sweep that was interrupted after one of three trials."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "s.toml").write_text(SMALL.replace('source = "yinyang"', 'source = "npz"\npath = "d.npz"'))
    (folder / "space.toml").write_text(SPACE)
    draw = np.random.default_rng(0)
    arrays = {f"{part}_spike_steps": draw.integers(-1, 11, (count, 5)) for part, count in (("train", 20), ("test", 10))}
    labels = {f"{part}_labels": np.arange(count) % 3 for part, count in (("train", 20), ("test", 10))}
    np.savez(folder / "d.npz", **arrays, **labels)
    result = spinn2sim.sweep(folder / "s.toml", folder / "space.toml", folder / "out", reporter=StopsAfter(1))
    assert result.data["status"] == "interrupted"
    return folder


def trials(result: SweepResult) -> list[object]:
    """Return values and figures of each trial."""
    return [(row["trial"], row["values"], row["figures"]) for row in result.data["trials"]]


def test_data_that_changed_are_refused_with_both_digests(project: Path) -> None:
    """A sweep is not resumed with other samples under the same path; the refusal gives the digest found and the one needed."""
    began = atomic.read_json(project / "out" / "provenance.json")["inputs"]["data.path"]["sha256"]
    with np.load(project / "d.npz") as read:
        arrays = dict(read)
    arrays["train_labels"] = arrays["train_labels"][::-1]
    np.savez(project / "d.npz", **arrays)
    before = (project / "out" / JOURNAL).read_bytes()
    said = rf"data\.path: found SHA-256 [0-9a-f]{{64}}, the run began with SHA-256 {began}"
    with pytest.raises(OutputError, match=said):
        spinn2sim.sweep(resume=project / "out")
    assert (project / "out" / JOURNAL).read_bytes() == before


def test_a_sweep_that_moved_with_its_data_goes_on(project: Path, tmp_path: Path) -> None:
    """A folder of data and sweep may be moved as a whole: the trials are those of one that stayed, and name the new place."""
    shutil.copytree(project / "out", project / "stays")
    whole = trials(spinn2sim.sweep(resume=project / "stays"))
    shutil.rmtree(project / "stays")
    moved = tmp_path / "elsewhere" / "deeper"
    shutil.move(project, moved)
    result = spinn2sim.sweep(resume=moved / "out")
    assert trials(result) == whole
    assert str(moved / "d.npz") in (moved / "out" / "best.toml").read_text()
    assert spinn2sim.verify(moved / "out").holds
    assert spinn2sim.sweep(moved / "s.toml", moved / "space.toml", resume=moved / "out").complete


def test_a_path_may_be_corrected_by_hand(project: Path, tmp_path: Path) -> None:
    """The path in the sweep's scenario may be edited, if the file there has the same content; no other key may."""
    shutil.move(project / "d.npz", tmp_path / "other.npz")
    with pytest.raises(OutputError, match="found nothing there"):
        spinn2sim.sweep(resume=project / "out")
    scenario = project / "out" / "scenario.toml"
    text = scenario.read_text().replace(str(project / "d.npz"), str(tmp_path / "other.npz"))
    scenario.write_text(text.replace("copies = 4", "copies = 2"))
    with pytest.raises(DataError, match="another text than the sweep began with"):
        spinn2sim.sweep(resume=project / "out")
    scenario.write_text(text)
    assert spinn2sim.sweep(resume=project / "out").complete


def test_a_sweep_is_verified_and_refuses_a_changed_file(project: Path) -> None:
    """verify holds for an interrupted and a complete sweep, names a file that changed, and such a sweep is not resumed."""
    assert spinn2sim.verify(project / "out").holds
    assert spinn2sim.sweep(resume=project / "out").complete
    found = spinn2sim.verify(project / "out")
    assert (found.holds, found.files >= 6) == (True, True)
    journal = project / "out" / JOURNAL
    journal.write_text(journal.read_text().replace('"seconds":', '"seconds":1', 1))
    assert [JOURNAL in problem for problem in spinn2sim.verify(project / "out").problems] == [True]
    with pytest.raises(OutputError, match=rf"{JOURNAL}: found SHA-256"):
        spinn2sim.sweep(resume=project / "out")


@pytest.mark.parametrize(
    ("find", "put", "said"),
    [
        ('"validation_accuracy": ', '"gone": ', "has no validation_accuracy"),
        ('"seconds": ', '"seconds": NaN, "s": ', "NaN, which is no JSON"),
        ('"user_attr": {"draw": 0}', '"user_attr": {"draw": 7}', "found the trials"),
        ('"state": "complete"', '"state": 3', "cannot be used"),
        ('"optimizer.learning_rate"', '"optimizer.momentum"', "values of other parameters"),
        ('"op_code"', '"op_code": ' + "[" * 500 + "]" * 500 + ', "x"', "levels of nesting"),
    ],
)
def test_a_journal_that_cannot_be_is_refused_and_not_written_to(project: Path, find: str, put: str, said: str) -> None:
    """What Optuna does not check is checked before a line is added: values of the space, results with their objectives, JSON."""
    journal = project / "out" / JOURNAL
    lines = [json.dumps(json.loads(line)) for line in journal.read_text().splitlines()]
    at = next(k for k, line in enumerate(lines) if find in line and "scenario" not in line)
    lines[at] = lines[at].replace(find, put)
    journal.write_text("\n".join(lines) + "\n")
    before = journal.read_bytes()
    with pytest.raises(DataError, match=said) as refused:
        spinn2sim.sweep(resume=project / "out")
    assert "\n" not in str(refused.value)
    assert journal.read_bytes() == before


def test_each_start_of_a_sweep_is_kept_with_its_versions(project: Path) -> None:
    """The provenance of a resumed sweep says what each of its starts ran on."""
    spinn2sim.sweep(resume=project / "out")
    said = atomic.read_json(project / "out" / "provenance.json")
    assert [start["start"] for start in said["starts"]] == [said["start"], *said["resumed"]]
    assert all(start["packages"]["numpy"] for start in said["starts"])
