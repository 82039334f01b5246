"""The raster on the page: the sample that is chosen first is drawn, and every choice has its packets."""

from __future__ import annotations

from pathlib import Path

from spinn2sim.report.contents.raster import rasters
from spinn2sim.report.page.raster import raster_view
from spinn2sim.report.run_data import RunData


def test_the_first_sample_is_drawn(traced: Path) -> None:
    """The plot begins with all spikes and errors of the first sample, and the chooser names every sample."""
    found = rasters(RunData(traced))
    chooser, chart = raster_view(RunData(traced)).children
    assert chooser.options == [one.title for one in found]
    assert chooser.value == found[0].title
    drawn = {renderer.name: renderer.data_source.data for renderer in chart.renderers}
    assert drawn["spikes"]["x"].tolist() == found[0].spikes.tick.tolist()
    assert drawn["spikes"]["y"].tolist() == found[0].rows(found[0].spikes).tolist()
    assert drawn["errors"]["neuron"].tolist() == found[0].errors.neuron.tolist()


def test_lost_packets_are_marked_only_where_there_are_some(traced: Path, faulty: Path) -> None:
    """A healthy run has no marker for lost packets; a faulty one marks as many as the sample lost."""
    healthy, faulted = (raster_view(RunData(run)).children[1] for run in (traced, faulty))
    assert {renderer.name for renderer in healthy.renderers} == {"spikes", "errors", "label", "first"}
    first = rasters(RunData(faulty))[0]
    (lost,) = (renderer.data_source.data for renderer in faulted.renderers if renderer.name == "lost")
    assert len(lost["x"]) == first.spikes.lost.sum() + first.errors.lost.sum() > 0
