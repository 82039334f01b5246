"""The command `verify`: its exit status is 0 for an intact run, 1 if a file differs or is missing, and 2 if there is no run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import spinn2sim
from small_scenario import SMALL
from spinn2sim.cli.main import commands
from spinn2sim.errors import DataError
from spinn2sim.experiments.runner import result_store
from spinn2sim.experiments.runner.catalogue import find_experiment
from spinn2sim.experiments.runner.protocol import Options


def test_exit_status_and_names(tmp_path: Path) -> None:
    """The exit status tells a script whether the run is intact, and the output names the file that is not."""
    (tmp_path / "s.toml").write_text(SMALL)
    run = str(spinn2sim.train(tmp_path / "s.toml", tmp_path / "run").folder)
    assert CliRunner().invoke(commands, ["verify", run]).exit_code == 0

    (tmp_path / "run" / "results.npz").write_bytes(b"other")
    found = CliRunner().invoke(commands, ["verify", run, "--json"])
    assert found.exit_code == 1
    assert "results.npz" in json.loads(found.stdout)["problems"][0]

    refused = CliRunner().invoke(commands, ["verify", str(tmp_path)])
    assert isinstance(refused.exception, DataError)
    assert refused.exception.exit_status == 2


def test_recordings_that_changed_are_refused(tmp_path: Path) -> None:
    """An experiment is not resumed with recordings that differ from those it began with; the refusal gives both digests."""
    recordings, folder = tmp_path / "recordings", tmp_path / "out"
    recordings.mkdir()
    folder.mkdir()
    (recordings / "0_a_0.wav").write_bytes(b"one")
    options = Options(data=recordings)
    origin = result_store.begin(folder, find_experiment("speech"), options)
    assert result_store.note_resumption(folder, options)["inputs"] == origin["inputs"]
    (recordings / "0_a_0.wav").write_bytes(b"two")
    with pytest.raises(DataError, match=r"found SHA-256 [0-9a-f]{64}, the experiment began with [0-9a-f]{64}"):
        result_store.note_resumption(folder, options)
