"""Draws the floor plan of a whole batch as heat maps, a panel for each quantity, with matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PatchCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from spinn2sim.hardware.dead_parts import DeadParts
from spinn2sim.hardware.facts import DRAM_SLOTS, ROUTER_SLOTS
from spinn2sim.report.contents.floor import floor_plans
from spinn2sim.report.floor_shapes import Boxes, channel_boxes, dead_boxes, pe_boxes
from spinn2sim.report.palette import BLACK, GREY, PALE
from spinn2sim.report.run_data import RunData
from spinn2sim.trace.dead_parts_of_run import dead_parts_of_run

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PANELS = ("packets received", "busy share", "FIFO high-water mark", "deliveries lost")


def draw_floor(run: RunData, figure: Figure) -> None:
    """Draw the first of the floor plans: that of training, if it was traced."""
    found, dead = floor_plans(run)[0], dead_parts_of_run(run.folder)
    shown = [q for q in found.quantities if q.name in PANELS and (q.whole.any() or q.name != "deliveries lost")]
    columns = min(2, len(shown))
    rows = -(-len(shown) // columns)
    figure.set_size_inches(7.6 * columns, 6 * rows)
    figure.suptitle(f"{found.name}: mean of {found.of}")
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, quantity in zip(panels, shown, strict=False):
        _draw_boxes(figure, axes, pe_boxes(), quantity.whole, "viridis", f"{quantity.name} ({quantity.unit})")
        _draw_boxes(figure, axes, channel_boxes(found.channels), found.whole_flits, "Oranges", "channel (flits)")
        _draw_ground(axes, quantity.name)
        _draw_dead(axes, dead)
    for axes in panels[len(shown) :]:
        axes.set_visible(False)


def _draw_boxes(figure: Figure, axes: Axes, boxes: Boxes, values: Any, palette: str, label: str) -> None:
    """Draw rectangles coloured by value; those with value 0 are pale."""
    scale = ScalarMappable(Normalize(0, max(float(np.max(values, initial=0)), 1e-9)), palette)
    colours = [scale.to_rgba(value) if value > 0 else PALE for value in values]
    corners = zip(boxes["x"] - boxes["w"] / 2, boxes["y"] - boxes["h"] / 2, boxes["w"], boxes["h"], strict=True)
    patches = [Rectangle((x, y), w, h) for x, y, w, h in corners]
    axes.add_collection(PatchCollection(patches, facecolors=colours, edgecolors=GREY, lw=0.4, zorder=2))
    figure.colorbar(scale, ax=axes, label=label, shrink=0.8)


def _draw_dead(axes: Axes, dead: DeadParts) -> None:
    """Draw dead parts, and PEs that they cut off, in black."""
    boxes, _ = dead_boxes(dead)
    for x, y, w, h in zip(*(boxes[side] for side in "xywh"), strict=True):
        axes.add_patch(Rectangle((x - w / 2, y - h / 2), w, h, facecolor=BLACK, edgecolor=BLACK, lw=0.4, zorder=3))


def _draw_ground(axes: Axes, title: str) -> None:
    for slots, text in ((ROUTER_SLOTS, "event\nrouter"), (DRAM_SLOTS, "DRAM")):
        for x, y in slots:
            axes.add_patch(Rectangle((x - 0.35, y - 0.35), 0.7, 0.7, facecolor=PALE, edgecolor=GREY, lw=0.5, zorder=1))
            axes.text(x, y + 0.2, text, ha="center", va="center", fontsize=6, zorder=3)
    axes.set(xlim=(0.4, 7.6), ylim=(0.4, 6.6), aspect="equal", xlabel="quad x", ylabel="quad y", title=title)
    axes.grid(visible=False)
