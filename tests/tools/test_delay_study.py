"""The study of learned delays: its draws are settings that load, and its choice looks at validation alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from delay_study import SCENARIO, VARIANTS, best_settings, drawn_settings, table
from spinn2sim.scenario import load


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_draw_loads(variant: str) -> None:
    """Each variant, and each draw of its settings, is a scenario; draw 0 changes nothing."""
    assert drawn_settings(0, variant) == {}
    for number in range(12):
        load(SCENARIO, {**VARIANTS[variant], **drawn_settings(number, variant)})
        around = {"optimizer.learning_rate": 0.01}
        load(SCENARIO, {**VARIANTS[variant], **drawn_settings(number, variant, around)})


def test_the_best_draw_is_that_of_the_highest_validation_accuracy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Settings are chosen by validation accuracy, and the table shows mean and spread over the seeds."""
    draws = [{"draw": k, "validation_accuracy": a, "settings": {"x": k}} for k, a in enumerate((0.9, 0.95, 0.93))]
    (tmp_path / "axonal-draws.jsonl").write_text("\n".join(map(json.dumps, draws)))
    assert best_settings("axonal", tmp_path) == {"x": 1}
    assert best_settings("weights", tmp_path) == {}
    keys = ("validation_accuracy", "test_accuracy", "test_silent", "test_hidden_spikes")
    seeds = [{"seed": k, **dict.fromkeys(keys, value)} for k, value in enumerate((0.97, 0.98))]
    (tmp_path / "axonal-seeds.jsonl").write_text("\n".join(map(json.dumps, seeds)))
    table(tmp_path)
    assert "| axonal | 2 | 97.50 +- 0.71 | 97.0, 98.0 | 97.50 |" in capsys.readouterr().out
