"""Metrics after a loss of power: whatever is left behind the checkpoint's epoch does not keep a run from going on."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import spinn2sim
from spinn2sim.errors import OutputError
from spinn2sim.trace.manifest import Manifest
from spinn2sim.training.reporter import RunReporter, Watch
from spinn2sim.training.vouched_files import VouchedFiles

EPOCHS = {"training.epochs": 1}


class KilledError(Exception):
    """Ends a run as a kill does, without a word at its end."""


class DiesIn(RunReporter):
    """Ends a run when it begins the training of an epoch."""

    def __init__(self, epoch: int) -> None:
        self._epoch = epoch

    def part(self, name: str, epoch: int, epochs: int) -> Watch:
        """End the run."""
        if (name, epoch) == ("train", self._epoch):
            raise KilledError
        return super().part(name, epoch, epochs)


@pytest.mark.parametrize("left", [b"\0\0\0\0}\n", b"{\n", b"\xff\n", b'{"epoch": 7}'])
def test_anything_may_stand_behind_the_checkpoint(small: Path, tmp_path: Path, left: bytes) -> None:
    """Zeros, half a line or another line after the last finished epoch are cut off, and the run ends as if it had not been interrupted."""
    whole = spinn2sim.run(small, tmp_path / "whole", overrides=EPOCHS)
    run = tmp_path / "run"
    with pytest.raises(KilledError):
        spinn2sim.run(small, run, overrides=EPOCHS, reporter=DiesIn(1))
    with (run / "metrics.jsonl").open("ab") as file:
        file.write(left)
    assert spinn2sim.resume(run).summary["weights_sha256"] == whole.summary["weights_sha256"]


def test_without_a_checkpoint_metrics_may_be_lost(tmp_path: Path) -> None:
    """A resumed run that has no finished epoch empties its metrics before it writes its manifest anew; in between, they differ from it."""
    capture: Any = SimpleNamespace(archives={})
    metrics = tmp_path / "metrics.jsonl"
    metrics.write_text('{"epoch": 0}\n')
    manifest = Manifest(tmp_path)
    manifest.record([metrics])
    manifest.write()
    metrics.write_text("")
    VouchedFiles(tmp_path, capture).check(-1, True)
    with pytest.raises(OutputError, match=r"metrics\.jsonl: found SHA-256"):
        VouchedFiles(tmp_path, capture).check(0, True)
