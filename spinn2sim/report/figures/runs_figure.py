"""Draws accuracy and loss of several runs over each other, with matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from spinn2sim.files.atomic import refusing, write_atomically
from spinn2sim.report.contents.comparison import ComparedRun, plots
from spinn2sim.report.figures import notebook_figure, save
from spinn2sim.report.palette import SERIES

DASHES = ("-", "--", ":", "-.")


def comparison_figure(runs: Sequence[ComparedRun]) -> Figure:
    """Draw a panel for each curve, and the names with their seeds below them."""
    return notebook_figure(partial(_draw, runs))


def _draw(runs: Sequence[ComparedRun], figure: Figure) -> None:
    found = plots(runs)
    columns = min(2, len(found))
    rows = -(-len(found) // columns)
    figure.set_size_inches(5.5 * columns, 3.4 * rows + 0.25 * len(runs))
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, ((part, quantity), title) in zip(panels, found.items(), strict=False):
        for number, run in enumerate(runs):
            values = run.curve(part, quantity)
            if values is not None:
                style = {"color": SERIES[number % len(SERIES)], "ls": DASHES[number // len(SERIES) % len(DASHES)]}
                axes.plot(run.curves.epoch, values, marker="o", ms=3, label=run.title, **style)
        axes.set(
            title=title,
            xlabel="epoch",
            ylabel="share of samples" if quantity == "accuracy" else "mean per sample (nat)",
        )
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    for axes in panels[len(found) :]:
        axes.set_visible(False)
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False)


def write_comparison_figure(runs: Sequence[ComparedRun], target: Path, kind: str) -> Path:
    """Write accuracy.png or accuracy.svg into a folder, as a whole or not at all. Returns the file. Raises OutputError."""
    with refusing(target):
        target.mkdir(parents=True, exist_ok=True)
    path = target / f"accuracy.{kind}"
    write_atomically(path, partial(save, comparison_figure(runs), kind))
    return path
