"""An experiment of three rows and two seeds that adds numbers, in the catalogue for one test."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from spinn2sim.experiments import published

SUMS = '''
"""Sums; it is no published experiment."""
from pathlib import Path
from spinn2sim.experiments.runner.protocol import Experiment, Job, ExperimentResult, Published, Value

LOG = Path(__file__).with_suffix(".log")
STOP = Path(__file__).with_suffix(".stop")

def jobs(options):
    return [Job(row, seed, {"add": 1 if options.quick else 10}) for row in ("a", "b", "c") for seed in options.seeds]

def run(job, tell):
    if STOP.exists() and job.row == STOP.read_text():
        raise KeyboardInterrupt
    with LOG.open("a") as file:
        file.write(f"{job.row}{job.seed} ")
    tell("half")
    return {"sum": job.seed + job.settings["add"], "none": float("nan")}

def aggregate(done):
    sums = [k.result["sum"] for k in done]
    values = [
        Value("a", "sum", sums[0], 0.5, 2, Published("paper, Table 1", 10.0, 1.0), (None, 5.0)),
        Value("b", "sum", sums[1], published=Published("paper, Figure 1: drawn")),
    ]
    return ExperimentResult(values, [{"row": k.job.row, "sum": k.result["sum"], "none": k.result["none"]} for k in done], ["a note"])

def draw(done, figure):
    figure.subplots().plot([k.result["sum"] for k in done])

EXPERIMENT = Experiment("sums", "Sums", "paper", jobs, run, aggregate, {"sums": draw}, (0, 1), "folders", ("not measured",))
'''


@pytest.fixture
def sums(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder with the module: sums.log has which jobs ran; where sums.stop names a row, Ctrl-C comes in it."""
    folder = tmp_path / "modules"
    folder.mkdir()
    (folder / "sums.py").write_text(SUMS)
    monkeypatch.setattr(published, "__path__", [*published.__path__, str(folder)])
    yield folder
    sys.modules.pop(f"{published.__name__}.sums", None)
