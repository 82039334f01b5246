"""Draws the picture of README.md: the floor plan of the chip and the spikes and errors of a sample, from a run of best/fine.

python tools/first_picture.py          # trains it first, about 45 s of CPU; writes docs/first-picture.png
python tools/first_picture.py RUN      # of a run of yours that has a trace
"""

from __future__ import annotations

import sys
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PatchCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

import spinn2sim
from spinn2sim.files.atomic import write_atomically
from spinn2sim.hardware.facts import DRAM_SLOTS, ROUTER_SLOTS
from spinn2sim.report.contents.floor import floor_plans
from spinn2sim.report.contents.raster import layer_ticks, rasters
from spinn2sim.report.floor_shapes import Boxes, channel_boxes, pe_boxes
from spinn2sim.report.palette import BLACK, GREY, KIND, PALE
from spinn2sim.report.run_data import RunData

PICTURE = Path(__file__).parents[1] / "docs" / "first-picture.png"
SCENARIO, TRACED = "best/fine", {"chip.tick_us": "auto", "trace.packets": "window", "trace.epoch": 30}


def draw_boxes(axes: Axes, boxes: Boxes, values: np.ndarray, palette: str) -> ScalarMappable:
    """Draw PEs or channels, coloured by value; those with value 0 are pale."""
    scale = ScalarMappable(Normalize(0, max(float(values.max(initial=0)), 1e-9)), palette)
    corners = zip(boxes["x"] - boxes["w"] / 2, boxes["y"] - boxes["h"] / 2, boxes["w"], boxes["h"], strict=True)
    colours = [scale.to_rgba(value) if value > 0 else PALE for value in values]
    patches = [Rectangle((x, y), w, h) for x, y, w, h in corners]
    axes.add_collection(PatchCollection(patches, facecolors=colours, edgecolors=GREY, lw=0.3))
    return scale


def draw_chip(run: RunData, axes: Axes) -> None:
    """Draw the packets that each PE received in a batch, and the flits of each channel."""
    plan = floor_plans(run)[0]
    received = next(quantity for quantity in plan.quantities if quantity.name == "packets received")
    scale = draw_boxes(axes, pe_boxes(), received.whole, "viridis")
    draw_boxes(axes, channel_boxes(plan.channels), plan.whole_flits, "Oranges")
    for slots, text in ((ROUTER_SLOTS, "event\nrouter"), (DRAM_SLOTS, "DRAM")):
        for x, y in slots:
            axes.text(x, y + 0.2, text, ha="center", va="center", fontsize=5.5)
    axes.set(
        xlim=(0.4, 7.6), ylim=(0.4, 6.6), aspect="equal", title="the chip: packets that each PE received in a batch"
    )
    axes.set_axis_off()
    axes.figure.colorbar(scale, ax=axes, shrink=0.7, pad=0.01)


def draw_sample(run: RunData, axes: Axes) -> None:
    """Draw the spikes on the way forward, and the errors on the way back, of one sample."""
    found = rasters(run, 1)[0]
    for marks, kind, said in ((found.spikes, "spike", "spikes, forward"), (found.errors, "error", "errors, backward")):
        axes.scatter(marks.tick, found.rows(marks), s=7, color=KIND[kind], lw=0, label=said)
    for offset in found.offsets[1:]:
        axes.axhline(offset - 2.5, color=GREY, lw=0.5)
    axes.axvline(found.loss_tick, color=BLACK, lw=0.8, ls="--")
    places = layer_ticks(found)
    axes.set_yticks(list(places), list(places.values()))
    axes.set(title="one sample, every packet timed", xlabel="tick of the chip")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=2, frameon=False)


def main(run: Path | None) -> None:
    """Draw the picture of a run, or of one that is made for it."""
    figure = Figure(figsize=(12, 4.6), layout="constrained")
    chip, sample = figure.subplots(1, 2, width_ratios=(1.1, 1))
    with tempfile.TemporaryDirectory() as folder:
        if run is None:
            run = spinn2sim.run(SCENARIO, Path(folder) / "run", TRACED).folder
        draw_chip(RunData(run), chip)
        draw_sample(RunData(run), sample)
    write_atomically(PICTURE, partial(figure.savefig, format="png", dpi=110, metadata={"Software": None}))
    sys.stdout.write(f"{PICTURE}: {PICTURE.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
