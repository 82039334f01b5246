"""Makes the page's plot of how often each class was taken for which."""

from __future__ import annotations

from typing import Any

import numpy as np
from bokeh.models import ColorBar, ColumnDataSource, FactorRange, HoverTool

from spinn2sim.report.contents.predictions import drawable_predictions
from spinn2sim.report.page.plots import heat, plot, style_colour_bar
from spinn2sim.report.palette import PAPER
from spinn2sim.report.run_data import RunData

SILENCE = "silent"
# The most classes whose counts are written into the squares.
WRITTEN, WIDEST = 16, 760


def confusion_view(run: RunData) -> Any:
    """Plot a square for each label and answer, coloured by its share of the label's samples."""
    found = drawable_predictions(run)
    counts = found.confusion
    names = [str(k) for k in range(found.classes)]
    answers = [*names, SILENCE] if counts[:, -1].any() else names
    label, answer = np.indices((found.classes, len(answers))).reshape(2, -1)
    n = counts[label, answer]
    share = n / np.maximum(counts.sum(axis=1), 1)[label]
    source = ColumnDataSource({
        "label": [names[k] for k in label], "answer": [answers[k] for k in answer], "n": n, "value": share,
        "text": [str(k) if k else "" for k in n],
    })  # fmt: skip
    right = int(np.trace(counts[:, : found.classes]))
    title = f"epoch {found.epoch}: {right} of {len(found.label)} right"
    chart = plot(
        title,
        "answer",
        "label",
        aspect=0.95,
        max_width=WIDEST,
        x_range=FactorRange(*answers),
        y_range=FactorRange(*names[::-1]),
    )
    chart.grid.visible = False
    colour = heat("Cividis256", 1.0)
    chart.rect("answer", "label", 1, 1, source=source, fill_color=colour, line_color=PAPER)
    if found.classes <= WRITTEN:
        dark, light = (
            ColumnDataSource(
                {
                    name: [v for v, s in zip(column, share, strict=True) if (s > 0.5) == high]
                    for name, column in source.data.items()
                }
            )
            for high in (True, False)
        )
        for part, ink in ((dark, "#000001"), (light, "#FFFFFE")):
            chart.text(
                "answer",
                "label",
                text="text",
                source=part,
                text_align="center",
                text_baseline="middle",
                text_color=ink,
                text_font_size="11px",
            )
    chart.add_layout(
        style_colour_bar(ColorBar(color_mapper=colour["transform"], title="share of the label's samples")), "below"
    )
    chart.add_tools(
        HoverTool(tooltips=[("label", "@label"), ("answer", "@answer"), ("samples", "@n"), ("share", "@value{0.0%}")])
    )
    return chart
