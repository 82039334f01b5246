"""A run is resumed only with the files that it wrote and read, by one process at a time; a refusal names the file that changed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import spinn2sim
from interrupting_reporter import StopsAt
from small_scenario import SMALL
from spinn2sim.errors import DataError, OutputError
from spinn2sim.files import atomic
from spinn2sim.training.reporter import RunReporter


def flip(path: Path, place: float = 0.5) -> None:
    """Turn one bit of a file."""
    data = bytearray(path.read_bytes())
    data[int(len(data) * place)] ^= 1
    path.write_bytes(data)


@pytest.fixture
def from_file(tmp_path: Path) -> Path:
    """Return a scenario file that reads its samples from d.npz in the same folder."""
    project = tmp_path / "project"
    project.mkdir()
    text = SMALL.replace('source = "yinyang"', 'source = "npz"\npath = "d.npz"')
    (project / "s.toml").write_text(text)
    draw = np.random.default_rng(0)
    arrays: dict[str, Any] = {}
    for part, count in (("train", 20), ("test", 10)):
        arrays[f"{part}_spike_steps"] = draw.integers(-1, 11, (count, 5))
        arrays[f"{part}_labels"] = np.arange(count) % 3
    np.savez(project / "d.npz", **arrays)
    return project


def interrupted(project: Path, **changes: Any) -> Path:
    """Return the directory of a run on the mirror that was interrupted in its second epoch."""
    return spinn2sim.train(project / "s.toml", project / "run", overrides=changes, reporter=StopsAt("train", 2)).folder


def other_labels(path: Path) -> None:
    """Give the samples other labels under the same path."""
    with np.load(path) as read:
        arrays = dict(read)
    arrays["train_labels"] = arrays["train_labels"][::-1]
    np.savez(path, **arrays)


def test_data_that_changed_are_refused_with_both_digests(from_file: Path) -> None:
    """A run is not resumed with other labels under the same path; the refusal gives the digest that was found and the one needed."""
    run = interrupted(from_file)
    began = atomic.read_json(run / "provenance.json")["inputs"]["data.path"]["sha256"]
    other_labels(from_file / "d.npz")
    with pytest.raises(
        OutputError, match=rf"data\.path: found SHA-256 [0-9a-f]{{64}}, the run began with SHA-256 {began}"
    ):
        spinn2sim.resume(run)


def test_start_weights_that_changed_are_refused(from_file: Path) -> None:
    """A run that started from the weights of a run directory is not resumed if those weights have changed."""
    first = spinn2sim.train(from_file / "s.toml", from_file / "first").folder
    run = interrupted(from_file, **{"training.start_from": str(first)})
    atomic.write_npz(first / "weights.npz", {"weights_0": np.ones((8, 5)), "weights_1": np.ones((3, 8))})
    with pytest.raises(OutputError, match=r"training\.start_from: found SHA-256"):
        spinn2sim.resume(run)


def test_a_run_that_moved_with_its_data_goes_on(from_file: Path, tmp_path: Path) -> None:
    """A folder of data and run may be moved as a whole; the run ends with the weights of one that stayed, and names the new place."""
    whole = spinn2sim.train(from_file / "s.toml", from_file / "whole").summary["weights_sha256"]
    interrupted(from_file)
    moved = tmp_path / "elsewhere" / "deeper"
    shutil.move(from_file, moved)
    assert spinn2sim.resume(moved / "run").summary["weights_sha256"] == whole
    assert str(moved / "d.npz") in (moved / "run" / "scenario.toml").read_text()
    assert spinn2sim.verify(moved / "run").holds


def test_a_path_may_be_corrected_by_hand(from_file: Path, tmp_path: Path) -> None:
    """The path of the data in the run's scenario may be edited, if the file there has the same content."""
    run = interrupted(from_file)
    shutil.move(from_file / "d.npz", tmp_path / "other.npz")
    with pytest.raises(OutputError, match="found nothing there"):
        spinn2sim.resume(run)
    scenario = run / "scenario.toml"
    scenario.write_text(scenario.read_text().replace(str(from_file / "d.npz"), str(tmp_path / "other.npz")))
    assert spinn2sim.resume(run).summary["status"] == "complete"


def test_each_start_is_kept_with_its_versions(from_file: Path) -> None:
    """The provenance of a resumed run says what each of its starts ran on, not the last one alone."""
    run = interrupted(from_file)
    spinn2sim.resume(run)
    said = atomic.read_json(run / "provenance.json")
    assert [start["start"] for start in said["starts"]] == [said["start"], *said["resumed"]]
    assert all(start["packages"]["numpy"] for start in said["starts"])


@pytest.mark.parametrize(
    "name", ["checkpoint.npz", "metrics.jsonl", "results.npz", "weights.npz", "summary.json", "manifest.json"]
)
def test_one_flipped_bit_is_refused_and_named(from_file: Path, name: str) -> None:
    """If a bit has changed on the disk, resuming is refused in one line, and verify names the file."""
    run = interrupted(from_file)
    assert spinn2sim.verify(run).holds
    flip(run / name)
    with pytest.raises((OutputError, DataError), match=name) as refused:
        spinn2sim.resume(run)
    assert "\n" not in str(refused.value)
    found = spinn2sim.verify(run)
    assert not found.holds
    assert any(name in problem for problem in found.problems)


def test_diff_and_export_refuse_a_changed_file(from_file: Path) -> None:
    """diff and export refuse a file that does not match the manifest."""
    run = spinn2sim.train(from_file / "s.toml", from_file / "run").folder
    from spinn2sim.report.diff import diff

    assert diff(run, run) == []
    flip(run / "weights.npz")
    with pytest.raises(OutputError, match=r"weights\.npz"):
        diff(run, run)
    with pytest.raises(OutputError, match=r"weights\.npz"):
        spinn2sim.export_run(run, npz=from_file / "out.npz")
    assert not (from_file / "out.npz").exists()


def test_verify_names_what_is_missing(from_file: Path) -> None:
    """verify names a missing file and a missing manifest, and refuses a folder that is not a run directory."""
    run = spinn2sim.train(from_file / "s.toml", from_file / "run").folder
    (run / "weights.npz").unlink()
    assert spinn2sim.verify(run).problems == [f"{run / 'weights.npz'}: is missing"]
    (run / "manifest.json").unlink()
    assert "manifest.json: is missing" in spinn2sim.verify(run).problems[0]
    with pytest.raises(DataError, match="allowed is a run directory"):
        spinn2sim.verify(from_file)


def test_a_manifest_names_no_file_outside_of_its_folder(from_file: Path) -> None:
    """A manifest that names files outside of its folder is refused, so that none of them is read."""
    from spinn2sim.trace.manifest import Entry, Manifest

    run = spinn2sim.train(from_file / "s.toml", from_file / "run").folder
    Manifest(run, {"../d.npz": Entry(1, "0")}).write()
    with pytest.raises(DataError, match=r"manifest\.json: is damaged"):
        spinn2sim.resume(run)


def test_a_run_that_is_still_going_is_not_resumed(from_file: Path) -> None:
    """A second process that resumes a run would write its epochs twice; it is refused while the first one works."""
    seen: list[str] = []

    class Intruder(RunReporter):
        def epoch(self, line: dict[str, Any]) -> None:
            for start in (
                lambda: spinn2sim.resume(from_file / "run"),
                lambda: spinn2sim.train(from_file / "s.toml", from_file / "run"),
            ):
                with pytest.raises(OutputError, match="another process is running in it"):
                    start()
                seen.append("refused")

    run = spinn2sim.train(from_file / "s.toml", from_file / "run", reporter=Intruder())
    assert len(seen) == 2 * len(run.metrics)


def older(run: Path) -> None:
    """Make a run such as a version without manifests left it."""
    (run / "manifest.json").unlink()
    origin = atomic.read_json(run / "provenance.json")
    atomic.write_json(run / "provenance.json", {k: v for k, v in origin.items() if k not in ("inputs", "starts")})


@pytest.mark.parametrize(("damage", "warned"), [(older, True), (lambda run: (run / "manifest.json").unlink(), False)])
def test_a_run_without_a_manifest(from_file: Path, damage: Callable[[Path], None], warned: bool) -> None:
    """A run of an older version is resumed with one warning; a run that has lost its manifest is refused."""
    run, said = interrupted(from_file), []

    class Listener(RunReporter):
        def warn(self, text: str) -> None:
            if "manifest" in text:
                said.append(text)

    damage(run)
    if warned:
        assert spinn2sim.resume(run, Listener()).summary["status"] == "complete"
        assert len(said) == 1
        assert spinn2sim.verify(run).holds
    else:
        with pytest.raises(OutputError, match=r"manifest\.json: is missing"):
            spinn2sim.resume(run)


def test_a_board_that_changed_is_refused_with_both_digests(from_file: Path) -> None:
    """Provenance names the board file with its digest; a run goes on without the file, and not with another content of it."""
    board = from_file / "board.toml"
    board.write_text("[[chip]]\nx = 0\ny = 0\ndead_pes = [5]\n")
    run = interrupted(from_file, **{"faults.board": str(board)})
    began = atomic.read_json(run / "provenance.json")["inputs"]["faults.joined_board"]
    assert began["path"] == str(board)
    text = board.read_text()
    board.write_text(text.replace("[5]", "[6]"))
    with pytest.raises(OutputError, match=f"board.*found SHA-256 .*began with SHA-256 {began['sha256']}"):
        spinn2sim.resume(run)
    board.unlink()
    assert spinn2sim.resume(run).summary["status"] == "complete"
    assert "dead_pes = [5]" in (run / "scenario.toml").read_text()
