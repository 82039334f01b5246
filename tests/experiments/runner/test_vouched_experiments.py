"""An experiment's directory can be verified and moved with its data, and damaged results are refused in one line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import spinn2sim
from spinn2sim.errors import DataError, OutputError
from spinn2sim.experiments.runner.protocol import Options
from spinn2sim.experiments.runner.reproduce import reproduce


def stopped(sums: Path, folder: Path, data: Path | None = None) -> None:
    """Run the experiment until Ctrl-C comes in its last row."""
    stop = sums / "sums.stop"
    stop.write_text("c")
    assert not reproduce("sums", folder, Options(data=data)).complete
    stop.unlink()


def test_an_experiment_is_verified(sums: Path, tmp_path: Path) -> None:
    """verify holds for an interrupted and a complete experiment, and names a result that changed, with which it does not go on."""
    folder = tmp_path / "out"
    stopped(sums, folder)
    assert spinn2sim.verify(folder).holds
    assert reproduce(resume=folder).complete
    found = spinn2sim.verify(folder)
    assert found.holds
    assert found.files == 10  # six jobs, experiment, table, figure, summary
    job = folder / "jobs" / "0001.json"
    job.write_text(job.read_text().replace('"sum": 11', '"sum": 12'))
    assert ["0001.json" in problem for problem in spinn2sim.verify(folder).problems] == [True]
    with pytest.raises(OutputError, match=r"0001\.json: found SHA-256"):
        reproduce(resume=folder)


def test_an_experiment_that_moved_with_its_data_goes_on(sums: Path, tmp_path: Path) -> None:
    """Data are looked for where they lay as seen from the directory; data with another content are refused with both digests."""
    data = tmp_path / "place" / "data"
    data.mkdir(parents=True)
    (data / "a.wav").write_bytes(b"one")
    stopped(sums, tmp_path / "place" / "out", data)
    shutil.move(tmp_path / "place", tmp_path / "other")
    (tmp_path / "other" / "data" / "a.wav").write_bytes(b"two")
    with pytest.raises(DataError, match=r"found SHA-256 [0-9a-f]{64}, the experiment began with [0-9a-f]{64}"):
        reproduce(resume=tmp_path / "other" / "out")
    (tmp_path / "other" / "data" / "a.wav").write_bytes(b"one")
    done = reproduce(resume=tmp_path / "other" / "out")
    assert done.complete
    assert done.data["options"]["data"] == str(tmp_path / "other" / "data")
    assert spinn2sim.verify(done.folder).holds


@pytest.mark.parametrize("result", [{}, {"sum": "many", "none": None}, {"sum": [1], "none": {}}])
def test_results_that_cannot_be_put_together_are_refused(sums: Path, tmp_path: Path, result: dict[str, object]) -> None:
    """A result of another shape, though vouched for, ends in one line that names the jobs, and not in a traceback."""
    folder = tmp_path / "out"
    stopped(sums, folder)
    (folder / "manifest.json").unlink()
    job = folder / "jobs" / "0000.json"
    job.write_text(json.dumps({**json.loads(job.read_text()), "result": result}))
    with pytest.raises(DataError, match=r"jobs: found results that cannot be put together") as refused:
        reproduce(resume=folder)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "options", [{"seeds": ["x"]}, {"seeds": [True]}, {"quick": 3}, {"sigma": "much"}, {"data": 3}, {"seeds": [1, 1]}]
)
def test_options_that_cannot_be_are_refused(sums: Path, tmp_path: Path, options: dict[str, object]) -> None:
    """Every option in experiment.json is checked when it is read, as those of the command line are."""
    folder = tmp_path / "out"
    stopped(sums, folder)
    file = folder / "experiment.json"
    saved = json.loads(file.read_text())
    file.write_text(json.dumps({**saved, "options": {**saved["options"], **options}}))
    with pytest.raises(DataError) as refused:
        reproduce(resume=folder)
    assert "\n" not in str(refused.value)
