"""The report's figures for print and notebooks, by name. Their numbers come from `contents`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spinn2sim.errors import DataError, quoted
from spinn2sim.files.atomic import refusing, write_atomically
from spinn2sim.report.contents.delays import has_delays
from spinn2sim.report.run_data import AbsentError, RunData
from spinn2sim.trace.run_directory import NETWORK

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURES = {
    "lost": ("training_curves", "draw_losses"),
    "accuracy": ("training_curves", "draw_training_curves"),
    "plane": ("plane", "draw_plane"),
    "raster": ("raster", "draw_raster"),
    "floorplan": ("floor", "draw_floor"),
    "latency": ("bars", "draw_latency"),
    "sram": ("bars", "draw_sram"),
    "energy": ("bars", "draw_energy"),
    "delays": ("delays", "draw_delays"),
}
# Of a script's run.
SCRIPT_FIGURES = {
    "recordings": ("network_recordings", "draw_network"),
    **{name: FIGURES[name] for name in ("floorplan", "latency", "sram")},
}
FORMATS = ("png", "svg")
STYLE = {
    "figure.dpi": 100, "savefig.dpi": 150, "axes.grid": True, "grid.color": "#EEEEEE", "axes.axisbelow": True,
    "svg.hashsalt": "spinn2sim", "text.parse_math": False, "axes.spines.top": False, "axes.spines.right": False,
}  # fmt: skip


def figure(folder: Path | str, name: str) -> Figure:
    """Draw a figure of a run with matplotlib. Raises DataError for an unknown name, AbsentError if the run has no data for it."""
    run, there_are = _data_of(Path(folder))
    if name not in there_are:
        raise DataError(f"figure: found {quoted(name)}, allowed is {', '.join(there_are)}")
    return _draw(run, name)


def _data_of(folder: Path) -> tuple[RunData, dict[str, tuple[str, str]]]:
    """Return the data of a run, and the figures that there are of it: those of training or those of a script."""
    if (folder / NETWORK).is_file():
        from spinn2sim.report.script_run import ScriptRunData

        return ScriptRunData(folder), SCRIPT_FIGURES
    return RunData(folder), FIGURES


def write_figures(folder: Path | str, target: Path, kind: str = "png") -> tuple[list[Path], dict[str, str]]:
    """Write NAME.png or NAME.svg for every figure that the run has data for, each as a whole or not at all.

    Returns the files, and for each absent figure the reason. Raises DataError, OutputError.
    """
    run, there_are = _data_of(Path(folder))
    written, absent = list[Path](), dict[str, str]()
    with refusing(target):
        target.mkdir(parents=True, exist_ok=True)
    for name in there_are:
        if name == "delays" and not has_delays(run):
            continue
        try:
            drawn = _draw(run, name)
        except AbsentError as error:
            absent[name] = str(error)
            continue
        path = target / f"{name}.{kind}"
        write_atomically(path, partial(save, drawn, kind))
        written.append(path)
    return written, absent


def notebook_figure(draw: Callable[[Figure], None]) -> Figure:
    """Draw a figure in the report's style, which a notebook shows as a picture, without pyplot."""
    import matplotlib as mpl

    from spinn2sim.report.figures.shown_figure import ShownFigure

    with mpl.rc_context(STYLE):  # type: ignore[arg-type]
        drawn = ShownFigure(layout="constrained")
        draw(drawn)
    return drawn


def _draw(run: RunData, name: str) -> Figure:
    module, function = {**FIGURES, **SCRIPT_FIGURES}[name]
    draw: Callable[[RunData, Figure], None] = getattr(import_module(f"{__name__}.{module}"), function)
    return notebook_figure(partial(draw, run))


def save(drawn: Figure, kind: str, file: Any) -> None:
    """Write a figure to an open file, the same bytes each time."""
    import matplotlib as mpl

    metadata = {"Date": None} if kind == "svg" else {"Software": None}
    with mpl.rc_context(STYLE):  # type: ignore[arg-type]
        drawn.savefig(file, format=kind, metadata=metadata)
