"""Answers, weights and voltages behind the page's figures, against what the run counted and wrote by itself."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from spinn2sim.report.answers import SILENT
from spinn2sim.report.contents.predictions import MOST_CLASSES, Predictions, drawable_predictions, predictions
from spinn2sim.report.contents.raster import rasters
from spinn2sim.report.contents.voltages import sample_voltages
from spinn2sim.report.contents.weight_counts import weight_counts
from spinn2sim.report.page.confusion import confusion_view
from spinn2sim.report.page.voltage_plots import voltages_view
from spinn2sim.report.page.weights import weights_view
from spinn2sim.report.run_data import AbsentError, RunData


def test_confusion_agrees_with_the_accuracy(traced: Path) -> None:
    """The diagonal is the test accuracy, each sample is in one square, and the plot has every square."""
    run = RunData(traced)
    found = predictions(run)
    counts = found.confusion
    assert np.trace(counts[:, : found.classes]) == round(run.metrics[-1]["test_accuracy"] * counts.sum())
    assert counts.sum() == len(found.label)
    drawn = confusion_view(run).renderers[0].data_source.data
    assert sum(drawn["n"]) == counts.sum()


def test_silence_has_a_column_of_its_own() -> None:
    """A sample without an answer counts as no class."""
    found = Predictions(1, 2, np.array([0, 1, 1]), np.array([0, SILENT, 0]))
    assert found.confusion.tolist() == [[1, 0, 0], [1, 0, 1]]


def test_too_many_classes_are_not_drawn(traced: Path) -> None:
    """A matrix that no page has room for is refused with the reason."""
    run = RunData(traced)
    n = MOST_CLASSES + 1
    run.__dict__["results"] = replace(run.results, first_spike=np.zeros((10, n), np.int64))
    with pytest.raises(AbsentError, match=f"{n} classes"):
        drawable_predictions(run)


def test_every_weight_is_in_one_bar(traced: Path) -> None:
    """The bars of a projection hold all its weights, before as after training, and the names are those of the raster."""
    found = weight_counts(RunData(traced))
    assert [one.name for one in found] == ["input -> hidden 1", "hidden 1 -> output"]
    with np.load(traced / "weights.npz") as kept:
        assert [int(one.after.sum()) for one in found] == [kept["weights_0"].size, kept["weights_1"].size]
    assert all(one.before is not None and one.before.sum() == one.after.sum() for one in found)
    assert len(weights_view(RunData(traced)).children) == 2


def test_voltages_cross_the_threshold_where_the_run_spiked(traced: Path) -> None:
    """The first output step above the threshold is the first spike that the run wrote, since nothing is near a tie in this run."""
    run = RunData(traced)
    for one in sample_voltages(run):
        above = one.values["output"] > run.scenario.network.threshold
        first = np.where(above.any(axis=0), above.argmax(axis=0), run.steps)
        assert np.abs(first - run.results.first_spike[one.sample]).max() <= 1
    layout = voltages_view(run)
    assert layout.children[0].children[0].options == [one.title for one in sample_voltages(run)]


def test_without_data_and_weights_the_reason_is_told(traced: Path, tmp_path: Path) -> None:
    """Data that are gone, and weights that were never written, are absent figures, not errors."""
    copy = shutil.copytree(traced, tmp_path / "run")
    run = RunData(copy)
    run.__dict__["inputs"] = None
    with pytest.raises(AbsentError, match="cannot be read any more"):
        sample_voltages(run)
    assert rasters(run)[0].label_row is None
    (copy / "weights.npz").unlink()
    for content in (sample_voltages, weight_counts):
        with pytest.raises(AbsentError, match="before it wrote"):
            content(RunData(copy))


def test_label_and_first_spikes_are_marked(traced: Path) -> None:
    """The marked row is the label neuron's, and each output has one first spike, the earliest of its own."""
    run = RunData(traced)
    for one in rasters(run):
        assert one.label is not None
        assert one.label_row == one.offsets[-1] + one.label
        assert f"label {one.label}" in one.title
        own = one.spikes.layer == len(one.sizes) - 1
        earliest = {int(n): int(one.spikes.tick[own & (one.spikes.neuron == n)].min()) for n in one.spikes.neuron[own]}
        assert dict(zip(one.first_spikes.neuron.tolist(), one.first_spikes.tick.tolist(), strict=True)) == earliest
        assert (np.diff(one.first_spikes.tick) >= 0).all()
