"""Skips the tests of this folder if Optuna is not installed, and provides a small scenario and a small space."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("optuna")


@pytest.fixture
def scenario(tmp_path: Path, yinyang_text: str) -> Path:
    """Return a scenario file of Yin-Yang with few samples and a small network."""
    text = yinyang_text.replace("train_samples = 5000", "train_samples = 66").replace("hidden = [120]", "hidden = [10]")
    path = tmp_path / "tiny.toml"
    path.write_text(text.replace("test_samples = 1000", "test_samples = 50").replace("epochs = 40", "epochs = 2"))
    return path


@pytest.fixture
def space(tmp_path: Path) -> Path:
    """Return a space file with three trials."""
    path = tmp_path / "space.toml"
    path.write_text(
        '[sweep]\nsampler = "random"\ntrials = 3\nepochs = 2\n'
        '[space]\n"optimizer.learning_rate" = {low = 1e-3, high = 1e-2, log = true}\n'
    )
    return path
