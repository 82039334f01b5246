"""The figure of a load sweep: latency and accepted load against offered load."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from spinn2sim.errors import ScenarioError
from spinn2sim.files.named_output import write_named
from spinn2sim.hardware.traffic.load_sweep import LoadPoint
from spinn2sim.report.labels import label

FORMATS = ("png", "svg")
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#777777"  # Okabe and Ito: told apart by all eyes


def check_figure(path: Path) -> None:
    """Refuse a file name whose suffix is not a known format, before anything runs. Raises ScenarioError."""
    if path.suffix[1:] not in FORMATS:
        raise ScenarioError(
            f"figure: found {path.name}, allowed is a name that ends in {' or '.join('.' + f for f in FORMATS)}"
        )


def write_figure(path: Path, title: str, loads: Sequence[LoadPoint]) -> None:
    """Draw latency (mean with its spread over seeds, 99th percentile) and below it the accepted load; saturated loads have hollow marks.

    Raises OutputError.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 6.5), layout="constrained")
    FigureCanvasAgg(figure)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    offered = [load.mean("offered") for load in loads]
    mean = [load.mean("mean_ns") for load in loads]
    spread = [load.spread("mean_ns") for load in loads]
    above.fill_between(offered, [low for low, _ in spread], [high for _, high in spread], color=BLUE, alpha=0.25, lw=0)
    above.plot(offered, mean, "-", color=BLUE, label="mean, and its spread over seeds")
    above.plot(offered, [load.mean("p99_ns") for load in loads], "--", color=ORANGE, label="99th percentile")
    for load in loads:
        face = "white" if load.saturated else BLUE
        above.plot(load.mean("offered"), load.mean("mean_ns"), "o", color=BLUE, markerfacecolor=face)
    above.set(yscale="log", ylabel="latency / ns")
    above.set_title(label(title), parse_math=False)
    above.legend(loc="upper left", title="hollow: saturated")
    below.plot(offered, offered, ":", color=GREY, label="all that is offered")
    below.plot(offered, [load.mean("accepted") for load in loads], "-s", color=GREEN, ms=4, label="accepted")
    below.set(xlabel="offered load / packets per PE and us", ylabel="accepted / packets\nper PE and us")
    below.legend(loc="upper left")
    kind = path.suffix[1:]
    write_named(
        path,
        lambda file: figure.savefig(file, format=kind, dpi=150, metadata={"Date": None} if kind == "svg" else None),
    )
