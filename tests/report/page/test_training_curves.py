"""Curves over the epochs on the page: every value of the metrics is a point, and a cause without a loss has no line."""

from __future__ import annotations

from pathlib import Path

import pytest

from spinn2sim.report.contents.losses import losses
from spinn2sim.report.page.training_curves import losses_view, training_curves_view
from spinn2sim.report.run_data import RunData


def test_every_epoch_is_a_point(traced: Path) -> None:
    """Each of the three plots has a line for training and one for test, whose values are those of metrics.jsonl."""
    charts, metrics = training_curves_view(RunData(traced)).children, RunData(traced).metrics
    assert [chart.title.text for chart in charts] == ["Accuracy", "Loss", "Silent label neuron"]
    for chart, quantity in zip(charts, ("accuracy", "loss", "silent_label"), strict=True):
        drawn = {r.data_source.data["name"][0]: r.data_source.data for r in chart.renderers}
        assert set(drawn) == {"training", "test"}
        assert drawn["test"]["x"] == [line["epoch"] for line in metrics]
        assert drawn["test"]["y"] == [line[f"test_{quantity}"] for line in metrics]
        assert drawn["training"]["y"][1:] == [line[f"train_{quantity}"] for line in metrics[1:]]


def test_every_point_is_visible(traced: Path) -> None:
    """A line of a single value shows nothing, so that each line has a marker for every point."""
    for chart in training_curves_view(RunData(traced)).children:
        assert sorted({type(renderer.glyph).__name__ for renderer in chart.renderers}) == ["Line", "Scatter"]


def test_an_axis_of_zeros_begins_at_zero(traced: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No share is negative: an axis around nothing but zeros begins at 0."""
    run = RunData(traced)
    monkeypatch.setattr(
        RunData, "metrics", [{**line, "test_silent_label": 0.0, "train_silent_label": 0.0} for line in run.metrics]
    )
    assert training_curves_view(run).children[2].y_range.start == 0


def test_causes_that_occurred_have_a_line(faulty: Path) -> None:
    """The losses plot has one line for each cause with a count."""
    found = losses(RunData(faulty))
    chart = losses_view(found)
    assert {r.data_source.data["name"][0] for r in chart.renderers} == set(found.counts)
