"""The Yin-Yang plane on the page: every test sample is drawn once, and a wrong one is marked."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spinn2sim.report.contents.plane import plane
from spinn2sim.report.page.plane import plane_view
from spinn2sim.report.run_data import RunData


def test_every_sample_is_drawn_once_with_its_prediction(traced: Path) -> None:
    """The classes together hold each sample once, at its place; those with a ring are the wrong ones."""
    found, (predictions, _) = plane(RunData(traced)), plane_view(RunData(traced)).children
    drawn = [renderer.data_source.data for renderer in predictions.renderers if renderer.name != "wrong"]
    samples = np.concatenate([data["sample"] for data in drawn]).astype(int)
    assert sorted(samples.tolist()) == list(range(len(found.x)))
    for name, column in (("x", found.x), ("y", found.y)):
        np.testing.assert_array_equal(
            np.concatenate([data[name] for data in drawn]), column[samples].astype(np.float32)
        )
    (wrong,) = (renderer.data_source.data["sample"] for renderer in predictions.renderers if renderer.name == "wrong")
    np.testing.assert_array_equal(wrong, np.flatnonzero(found.predicted != found.label))


def test_the_value_is_drawn_for_all(traced: Path) -> None:
    """The second plot shows the output's value of every sample, NaN where it was silent."""
    found, (_, values) = plane(RunData(traced)), plane_view(RunData(traced)).children
    (renderer,) = values.renderers
    np.testing.assert_array_equal(renderer.data_source.data["value"], found.value.astype(np.float32))
