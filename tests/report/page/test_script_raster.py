"""The page of a script's run has spikes of every population, however many others have, and images of those whose neurons are pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from bokeh.models import HoverTool
from hypothesis import given
from hypothesis import strategies as st

from spinn2sim.report.page import script_page
from spinn2sim.report.page.images import mosaic
from spinn2sim.report.script_run import ScriptRunData
from spinn2sim.spinnaker2 import hardware, snn


@given(st.lists(st.integers(0, 300), min_size=1, max_size=9), st.integers(9, 400))
def test_spikes_are_shared_evenly(counts: list[int], most: int) -> None:
    """No more than asked for are shown, none is left out without need, and small populations keep all."""
    each = script_page.evenly(counts, most)
    shown = [min(count, each) for count in counts]
    assert sum(shown) <= most
    assert shown == counts or sum(min(count, each + 1) for count in counts) > most


@given(st.tuples(st.integers(1, 7), st.integers(1, 4), st.integers(1, 4)))
def test_channels_are_tiles(shape: tuple[int, int, int]) -> None:
    """Every pixel has one place, in the order of channels from the top left, and gaps are nan."""
    values = np.arange(np.prod(shape)).reshape(shape)
    tiles = mosaic(values)
    assert sorted(tiles[~np.isnan(tiles)].tolist()) == values.reshape(-1).tolist()
    assert tiles[: shape[1], : shape[2]].tolist() == values[0].tolist()


def test_a_convolution_in_the_raster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind more spikes than are drawn the last population has its own, and a pixel says channel, row and column."""
    monkeypatch.setenv(hardware.RUNS, str(tmp_path))
    monkeypatch.setattr(script_page, "MOST_SPIKES", 60)
    stim = snn.Population(18, "spike_list", {n: range(20) for n in range(18)}, "stim")
    lif = {"threshold": 1, "alpha_decay": 1}
    image = snn.Population(8, "lif_conv2d", lif, "image")
    net = snn.Network("seen")
    net.add(stim, image, snn.Conv2DProjection(stim, image, np.ones((2, 2, 2, 2)), {"in_height": 3, "in_width": 3}))
    chip = hardware.SpiNNaker2Chip()
    chip.run(net, 20)
    assert chip.last_folder is not None
    chart = script_page.spike_view(ScriptRunData(chip.last_folder))
    dots = [r.data_source.data for r in chart.renderers]
    assert [len(set(one["n"].tolist())) > 1 for one in dots] == [True, True]
    assert sum(len(one["n"]) for one in dots) <= 60
    assert all(
        (one["channel"] * h * h + one["row"] * h + one["column"] == one["n"]).all()
        for one, h in zip(dots, (3, 2), strict=True)
    )
    page = script_page.script_page(ScriptRunData(chip.last_folder))
    assert '<section id="images">' in page
    assert "image: 2 channels of 2 x 2" in page
    assert sum(isinstance(tool, HoverTool) for tool in chart.tools) == 2
