"""Makes the run, the sweep and the experiment whose files are changed; times and machines are replaced by fixed ones."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import spinn2sim
from fuzzing import seeds
from spinn2sim.experiments.runner import result_store
from spinn2sim.experiments.runner.catalogue import find_experiment
from spinn2sim.experiments.runner.protocol import FinishedJob, Options
from spinn2sim.trace.manifest import Manifest
from spinn2sim.training.search import journal
from spinn2sim.training.search.space import SweepSource, read_space
from spinn2sim.training.search.sweep_directory import begin_directory
from spinn2sim.training.search.trial import TrialResult

SMALL_RUN = (
    "trace.packets=all",
    "data.train_samples=4",
    "data.test_samples=2",
    "training.epochs=1",
    "training.copies=2",
)
EXPERIMENT = "fig1"
SPACE = """[sweep]
sampler = "random"
trials = 3
seeds = [1]
[space]
"optimizer.learning_rate" = { low = 1e-3, high = 1e-1, log = true }
"""
WHEN = "2026-01-02T03:04:05+00:00"
CHANGING = re.compile(rb'("worker_id": ?")[^"]*|("datetime_\w+": ?")[^"]*')


def make_run(work: Path) -> Path:
    """Make a complete run with every table, of a scenario that trains on the chip in a second."""
    file = work / "small.toml"
    file.write_text(seeds.SCENARIO)
    folder = spinn2sim.run(file, work / "run", overrides=SMALL_RUN).folder
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(_timeless(line)) + "\n" for line in lines))
    for name in ("summary.json", "provenance.json"):
        _settle(folder / name)
    vouch(folder)
    return folder


def vouch(folder: Path, _number: int = 0) -> None:
    """Let the manifest of a run agree with its files, as a forger would."""
    manifest = Manifest(folder)
    manifest.record(
        path for path in sorted(folder.rglob("*")) if path.is_file() and path.name not in ("manifest.json", ".lock")
    )
    (folder / "manifest.json").unlink(missing_ok=True)
    manifest.write()


def vouch_mostly(folder: Path, number: int) -> None:
    """Let the manifest agree with the changed file for all but one input in four."""
    if number % 4 != 3:
        vouch(folder)


def make_sweep(folder: Path) -> Path:
    """Make the directory of a sweep with three trials, of which one is complete, one refused, and one not finished."""
    journal.need_optuna()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    source = SweepSource(seeds.SCENARIO, "s.toml", "/", {}, SPACE, "space.toml")
    log = begin_directory(folder, read_space(source))
    figures = {
        "validation_accuracy": 0.5,
        "validation_accuracy_strict": 0.4,
        "hidden_spikes": 3.0,
        "hidden_neurons": 8.0,
        "ticks": 40.0,
    }
    for result in (TrialResult("complete", figures, [0.5], seconds=1.25), TrialResult.refused("made by hand"), None):
        trial = log.draw()
        if result is not None:
            log.record(trial, result)
    file = folder / journal.JOURNAL
    file.write_bytes(CHANGING.sub(lambda match: match[1] or match[2] + WHEN[:19].encode(), file.read_bytes()))
    _settle(folder / "provenance.json")
    return folder


def make_experiment(folder: Path) -> Path:
    """Make the directory of an experiment with one finished job."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    experiment, options = find_experiment(EXPERIMENT), Options(quick=True)
    result_store.begin(folder, experiment, options)
    result_store.store(folder, 0, FinishedJob(experiment.jobs(options)[0], {"made by hand": 1.0}, 0.5))
    _settle(folder / result_store.EXPERIMENT)
    return folder


def _settle(file: Path) -> None:
    file.write_text(json.dumps(_timeless(json.loads(file.read_text())), indent=2) + "\n")


def _timeless(value: Any, key: str = "") -> Any:
    """Replace times, versions and machines in a value by fixed ones."""
    if key.endswith("_wall_s") and value is not None:
        return 0.25
    if key in ("start", "end") and isinstance(value, str):
        return WHEN
    if key in ("machine", "packages", "git_commit", "version"):
        return {"machine": {"cores": 2}, "packages": {"numpy": "2.0.0"}, "git_commit": None, "version": "0.2.0"}[key]
    if isinstance(value, dict):
        return {name: _timeless(entry, name) for name, entry in value.items()}
    return [_timeless(entry) for entry in value] if isinstance(value, list) else value
