"""The command `report`, which shows a run as a page or as figures, several runs over each other, or a run that goes on."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from spinn2sim.cli.command_options import PATH, output_options
from spinn2sim.cli.output import FAILED, show

PAGE, COMPARISON = "report.html", "comparison.html"
# How often browsers load the page of a run that goes on.
AGAIN_S = 3


@click.command()
@click.argument("runs", type=PATH, metavar="RUN...", nargs=-1, required=True)
@click.option(
    "--out", type=PATH, metavar="FILE.html", help=f"The page; default RUN/{PAGE}, of several runs {COMPARISON}."
)
@click.option(
    "--figures", "folder", type=PATH, metavar="DIR", help="Figures as files, in place of the page without --out."
)
@click.option(
    "--format", "kind", type=click.Choice(["png", "svg"]), default="png", show_default=True, help="Of the figures."
)
@click.option(
    "--watch", is_flag=True, help="Write the page again after each epoch until the run ends; it reloads itself."
)
@output_options
def report(
    runs: tuple[Path, ...], out: Path | None, folder: Path | None, kind: str, watch: bool, as_json: bool
) -> None:
    """Show a run: one HTML page that needs no network, or figures as files. Of several runs: their curves over each other.

    What broke and what was lost come first.
    Accuracy, loss, the Yin-Yang plane, spikes and errors of a sample, the floor plan with a slider over ticks,
    latency, SRAM, energy. Most of it needs a run with --set trace.packets=all (or window).

    Example: spinn2sim report runs/yinyang-1 --out page.html

    Example: spinn2sim report runs/yinyang-1 --figures figures --format svg

    Example: spinn2sim report runs/yinyang-1 runs/yinyang-2 --out both.html
    """
    from spinn2sim.trace.run_directory import NETWORK

    if watch:
        _watch(runs, out, folder, as_json)
    elif len(runs) > 1:
        _compare(runs, out, (folder, kind), as_json)
    elif (runs[0] / NETWORK).is_file():
        _report_script(runs[0], out, (folder, kind), as_json)
    else:
        _report(runs[0], out, (folder, kind), as_json)


def _report(run: Path, out: Path | None, figures: tuple[Path | None, str], as_json: bool) -> None:
    """Write the page of a run, or its figures as files of a kind into a folder."""
    from spinn2sim.report.contents.chip_faults import faults_line, total_faults
    from spinn2sim.report.contents.losses import losses
    from spinn2sim.report.figures import write_figures
    from spinn2sim.report.page.document import write_page
    from spinn2sim.report.run_data import RunData

    folder, kind = figures
    data = RunData(run)
    first, broken = losses(data).headline, faults_line(total_faults(data.metrics))
    files, absent = write_figures(run, folder, kind) if folder else ([], {})
    if out or not folder:
        files = [*files, write_page(run, out or run / PAGE)]
    more = {"faults": broken} if broken else {}
    _say([*more.values(), first], files, absent, {**more, "lost": first}, as_json)


def _say(first: list[str], files: list[Path], absent: dict[str, str], data: dict[str, str], as_json: bool) -> None:
    """Print the first lines, the files, and why others are not there."""
    lines = [*first, *(f"wrote {file}" for file in files), *(f"no {name}: {why}" for name, why in absent.items())]
    show({**data, "files": [str(file) for file in files], "absent": absent}, lines, as_json)


def _compare(runs: tuple[Path, ...], out: Path | None, figures: tuple[Path | None, str], as_json: bool) -> None:
    """Write the page of several runs, or a figure of their curves."""
    from spinn2sim.report.contents.comparison import compared_runs
    from spinn2sim.report.figures.runs_figure import write_comparison_figure
    from spinn2sim.report.page.runs_page import headline, write_comparison

    folder, kind = figures
    found = compared_runs(runs)
    files = [write_comparison_figure(found, folder, kind)] if folder else []
    if out or not folder:
        files.append(write_comparison(found, out or Path(COMPARISON)))
    _say([headline(found)], files, {}, {"lost": headline(found)}, as_json)


def _report_script(run: Path, out: Path | None, figures: tuple[Path | None, str], as_json: bool) -> None:
    """Write the page of a script's run, or its figures as files of a kind into a folder."""
    from spinn2sim.report.figures import write_figures
    from spinn2sim.report.page.script_page import write_script_page
    from spinn2sim.report.script_run import ScriptRunData

    folder, kind = figures
    first = ScriptRunData(run).headline
    files, absent = write_figures(run, folder, kind) if folder else ([], {})
    if out or not folder:
        files = [*files, write_script_page(run, out or run / PAGE)]
    _say([first], files, absent, {"lost": first}, as_json)


def _watch(runs: tuple[Path, ...], out: Path | None, folder: Path | None, as_json: bool) -> None:
    """Write the page of a run after each epoch. Exits as `watch` does: 0 if the run is complete in the end, otherwise 1."""
    from spinn2sim.report.page.live import write_while_running
    from spinn2sim.report.run_state import RunWatcher

    if len(runs) != 1 or folder:
        raise click.UsageError("--watch: found several runs or --figures beside it, allowed is one run and its page")
    target, said, status = out or runs[0] / PAGE, False, ""
    for state, written in write_while_running(RunWatcher(runs[0]), target, AGAIN_S):
        status = state.status
        if written and not said:
            click.echo(f"wrote {target}: open it in a browser, it follows the run", err=True)
            said = True
    data = {"run": str(runs[0]), "status": status, "files": [str(target)] if said else []}
    show(data, [f"{status}: {runs[0]}", *[f"wrote {target}"] * said], as_json)
    sys.exit(0 if status == "complete" else FAILED)
