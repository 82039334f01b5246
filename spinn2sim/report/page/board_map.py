"""Makes the page's map of a board: chips by the work of their PEs, links by the time in which they were busy."""

from __future__ import annotations

from typing import Any

from bokeh.models import ColorBar, ColumnDataSource, HoverTool

from spinn2sim.report.contents.board_load import BoardLoad, board_load
from spinn2sim.report.page.plots import heat, plot, style_colour_bar
from spinn2sim.report.palette import GREY, INK
from spinn2sim.report.run_data import RunData

CHIP = 0.5  # the width of a chip, where 1 lies between two of them
SIDE, GAP = (
    0.08,
    0.28,
)  # how far a direction lies beside the line between two chips, and how far from their middles it begins
ASPECT, WIDEST = 0.9, 720


def board_map_view(run: RunData) -> Any:
    """Make the map."""
    found = board_load(run)
    busiest = max((link["busy"] for link in found.links), default=0.0)
    chart = plot(
        f"Busiest link {busiest:.2%} of the time",
        "chip x",
        "chip y",
        aspect=ASPECT,
        match_aspect=True,
        max_width=WIDEST,
    )
    chart.xaxis.ticker = sorted({chip["x"] for chip in found.chips})
    chart.yaxis.ticker = sorted({chip["y"] for chip in found.chips})
    _draw_links(chart, found)
    _draw_chips(chart, found)
    return chart


def _draw_links(chart: Any, found: BoardLoad) -> None:
    """Draw each direction as a line beside that of the other; those that wrap around end as stubs."""
    rows: dict[str, list[Any]] = {name: [] for name in ("x0", "y0", "x1", "y1", "value", "packets", "longest", "name")}
    for link in found.links:
        dx, dy = link["to_x"] - link["x"], link["to_y"] - link["y"]
        wraps = max(abs(dx), abs(dy)) > 1
        if wraps:
            dx, dy = (-1 if dx > 1 else 1 if dx < -1 else dx), (-1 if dy > 1 else 1 if dy < -1 else dy)
        end = 1 - GAP if not wraps else 0.5
        x, y = link["x"] - SIDE * dy, link["y"] + SIDE * dx
        values = (
            x + GAP * dx, y + GAP * dy, x + end * dx, y + end * dy, link["busy"], link["packets"], link["longest"],
            f"({link['x']},{link['y']}) {link['link']} to ({link['to_x']},{link['to_y']})",
        )  # fmt: skip
        for column, value in zip(rows.values(), values, strict=True):
            column.append(value)
    colour = heat("Viridis256", max(rows["value"], default=0.0))
    drawn = chart.segment("x0", "y0", "x1", "y1", source=ColumnDataSource(rows), line_width=4, line_color=colour)
    bar = ColorBar(color_mapper=colour["transform"], title="links: share of time in which they were busy")
    chart.add_layout(style_colour_bar(bar), "below")
    shown = [("link", "@name"), ("packets", "@packets"), ("busy", "@value{0.00%}"), ("longest queue", "@longest")]
    chart.add_tools(HoverTool(renderers=[drawn], tooltips=shown))


def _draw_chips(chart: Any, found: BoardLoad) -> None:
    rows = {name: [chip[name] for chip in found.chips] for name in ("x", "y", "pes", "packets", "over_links")}
    rows["value"] = [chip["busy"] for chip in found.chips]
    rows["name"] = [f"{chip['x']},{chip['y']}" for chip in found.chips]
    colour = heat("Cividis256", max(rows["value"], default=0.0))
    source = ColumnDataSource(rows)
    drawn = chart.rect("x", "y", CHIP, CHIP, source=source, fill_color=colour, line_color=GREY)
    chart.text("x", "y", "name", source=source, y_offset=18, text_align="center", text_color=INK, text_font_size="10px")
    bar = ColorBar(color_mapper=colour["transform"], title="chips: share of time in which their PEs were busy")
    chart.add_layout(style_colour_bar(bar), "below")
    shown = [
        ("chip", "(@name)"),
        ("PEs", "@pes"),
        ("packets", "@packets"),
        ("left over links", "@over_links"),
        ("busy", "@value{0.0%}"),
    ]
    chart.add_tools(HoverTool(renderers=[drawn], tooltips=shown))
