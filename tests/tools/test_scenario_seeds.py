"""tools/scenario_seeds.py: each seed is trained once, and its figures are those of the kept epoch."""

from __future__ import annotations

import json
from pathlib import Path

from places import SCENARIOS
from scenario_seeds import lines, train_seeds

SHORT = {
    "training.epochs": 2,
    "data.train_samples": 220,
    "data.test_samples": 44,
    "training.validation_samples": 44,
    "training.keep": "best",
}


def test_a_seed_is_trained_once_and_the_best_epoch_counts(tmp_path: Path) -> None:
    """A seed whose line is there is left alone; a label neuron that stays silent is a share of its own in the line."""
    out = tmp_path / "seeds.jsonl"
    out.write_text(json.dumps({"seed": 0}) + "\n")
    train_seeds(SCENARIOS / "yinyang-demo.toml", SHORT, [0, 1], out)
    first, second = lines(out)
    assert first == {"seed": 0}
    assert second["seed"] == 1
    assert {"validation_accuracy", "test_accuracy", "test_silent", "test_hidden_spikes"} <= set(second)
    assert 0 <= second["test_accuracy"] <= 1
