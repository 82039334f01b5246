"""Writes the page of several runs: what each reached, and their curves over each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from bokeh.models import ColumnDataSource, HoverTool, NumeralTickFormatter

from spinn2sim.files.named_output import write_named_text
from spinn2sim.report.contents.comparison import ComparedRun, plots
from spinn2sim.report.page.data_tables import DataTable, csv_of, download
from spinn2sim.report.page.frame import Document
from spinn2sim.report.page.plots import beside, legend_below, plot
from spinn2sim.report.page.tables import html_table
from spinn2sim.report.page.tiles import Tile, chip_seconds, energy_joule, tiles_html, wall_seconds
from spinn2sim.report.page.training_curves import whole_epochs
from spinn2sim.report.palette import SERIES
from spinn2sim.report.run_state import duration

DASHES = ("solid", "dashed", "dotted", "dotdash")
HEAD = (
    "run",
    "scenario",
    "seed",
    "epochs",
    "test accuracy",
    "strict",
    "test loss",
    "lost",
    "time on the chip",
    "energy",
    "took",
)


def write_comparison(runs: Sequence[ComparedRun], target: Path) -> Path:
    """Write the page of several runs, as a whole or not at all. Returns `target`. Raises DataError, OutputError."""
    write_named_text(target, comparison(runs))
    return target


def headline(runs: Sequence[ComparedRun]) -> str:
    """Say which runs lost something."""
    lossy = [f"{run.name} {run.lost:,}" for run in runs if run.lost]
    return f"LOST: {'; '.join(lossy)}" if lossy else f"Nothing was lost in any of {len(runs)} runs."


def comparison(runs: Sequence[ComparedRun]) -> str:
    """Make the page as HTML."""
    made = Document(f"{len(runs)} runs", headline(runs), any(run.lost for run in runs), head=tiles_html(_tiles(runs)))
    made.tables["runs.csv"], whole = csv_of(DataTable(HEAD, _rows(runs)))
    body = html_table(HEAD, _rows(runs)) + download("runs.csv", made.tables["runs.csv"], whole)
    made.add(
        "Runs", "What each run reached with the weights that it kept; seeds tell how far a difference is chance.", body
    )
    made.tables["curves.csv"], whole = csv_of(
        DataTable(("run", "seed", "epoch", "part", "quantity", "value"), _points(runs))
    )
    says = "A curve for each run, by epoch; a click on a name hides it. Training values are means over an epoch in which weights change."
    body = made.views.add(beside(*_charts(runs))) + download("curves.csv", made.tables["curves.csv"], whole)
    made.add("Accuracy and loss", says, body)
    return made.html()


def _tiles(runs: Sequence[ComparedRun]) -> Iterator[Tile]:
    reached = [run.kept["test_accuracy"] for run in runs]
    best = max(runs, key=lambda run: run.kept["test_accuracy"])
    yield Tile("runs", str(len(runs)), f"of {len({run.data.scenario.name for run in runs})} scenarios")
    yield Tile("mean test accuracy", f"{mean(reached):.1%}", f"{min(reached):.1%} to {max(reached):.1%}")
    yield Tile("best", f"{max(reached):.1%}", best.title)


def _rows(runs: Sequence[ComparedRun]) -> list[list[str]]:
    rows = []
    for run in runs:
        kept, joule = run.kept, energy_joule(run.data)
        loss = kept.get("test_loss")
        rows.append([
            run.name, run.data.scenario.name, str(run.seed), f"{kept['epoch']} of {run.data.scenario.training.epochs}",
            f"{kept['test_accuracy']:.1%}", f"{kept['test_accuracy_strict']:.1%}", "-" if loss is None else f"{loss:.3f}",
            f"{run.lost:,}", "-" if joule is None else duration(chip_seconds(run.data)), "-" if joule is None else f"{joule:.3g} J",
            duration(wall_seconds(run.data)),
        ])  # fmt: skip
    return rows


def _points(runs: Sequence[ComparedRun]) -> Iterator[Sequence[object]]:
    for run in runs:
        for part, quantity in plots(runs):
            values = run.curve(part, quantity) or []
            yield from (
                (run.name, run.seed, e, part, quantity, v) for e, v in zip(run.curves.epoch, values, strict=False)
            )


def _charts(runs: Sequence[ComparedRun]) -> Iterator[Any]:
    for (part, quantity), title in plots(runs).items():
        unit = "share of samples" if quantity == "accuracy" else "mean per sample (nat)"
        chart = plot(title, "epoch", unit, height=300)
        for number, run in enumerate(runs):
            _draw(chart, run, run.curve(part, quantity), number)
        chart.add_tools(HoverTool(tooltips=[("", "@name"), ("epoch", "@x"), ("", "@y{0.0000}")]))
        if quantity == "accuracy":
            chart.yaxis.formatter = NumeralTickFormatter(format="0.[00] %")
        whole_epochs(chart)
        legend_below(chart)
        yield chart


def _draw(chart: Any, run: ComparedRun, values: list[float] | None, number: int) -> None:
    """Draw the curve of a run, if it has one, in the colour and with the dashes of its number."""
    if values is None:
        return
    source = ColumnDataSource({"x": run.curves.epoch, "y": values, "name": [run.title] * len(values)})
    colour, dash = SERIES[number % len(SERIES)], DASHES[number // len(SERIES) % len(DASHES)]
    chart.line("x", "y", source=source, color=colour, line_width=2, line_dash=dash, legend_label=run.title)
    chart.scatter("x", "y", source=source, color=colour, size=5, legend_label=run.title)
