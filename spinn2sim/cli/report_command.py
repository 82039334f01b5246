"""The command `report`, which shows a run as a page or as figures."""

from __future__ import annotations

from pathlib import Path

import click

from spinn2sim.cli.command_options import PATH, output_options
from spinn2sim.cli.output import show

PAGE = "report.html"


@click.command()
@click.argument("run", type=PATH, metavar="RUN")
@click.option("--out", type=PATH, metavar="FILE.html", help=f"The page; default RUN/{PAGE}.")
@click.option(
    "--figures", "folder", type=PATH, metavar="DIR", help="Figures as files, in place of the page without --out."
)
@click.option(
    "--format", "kind", type=click.Choice(["png", "svg"]), default="png", show_default=True, help="Of the figures."
)
@output_options
def report(run: Path, out: Path | None, folder: Path | None, kind: str, as_json: bool) -> None:
    """Show a run: one HTML page that needs no network, or figures as files.

    What broke and what was lost come first.
    Accuracy, loss, the Yin-Yang plane, spikes and errors of a sample, the floor plan with a slider over ticks,
    latency, SRAM, energy. Most of it needs a run with --set trace.packets=all (or window).

    Example: spinn2sim report runs/yinyang-1 --out page.html

    Example: spinn2sim report runs/yinyang-1 --figures figures --format svg
    """
    from spinn2sim.trace.run_directory import NETWORK

    if (run / NETWORK).is_file():
        _report_script(run, out, (folder, kind), as_json)
        return
    from spinn2sim.report.contents.chip_faults import faults_line, total_faults
    from spinn2sim.report.contents.losses import losses
    from spinn2sim.report.figures import write_figures
    from spinn2sim.report.page.document import write_page
    from spinn2sim.report.run_data import RunData

    data = RunData(run)
    first, broken = losses(data).headline, faults_line(total_faults(data.metrics))
    files, absent = write_figures(run, folder, kind) if folder else ([], {})
    if out or not folder:
        files = [*files, write_page(run, out or run / PAGE)]
    lines = [
        *([broken] if broken else []),
        first,
        *(f"wrote {file}" for file in files),
        *(f"no {name}: {why}" for name, why in absent.items()),
    ]
    show(
        {
            **({"faults": broken} if broken else {}),
            "lost": first,
            "files": [str(file) for file in files],
            "absent": absent,
        },
        lines,
        as_json,
    )


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
    lines = [first, *(f"wrote {file}" for file in files), *(f"no {name}: {why}" for name, why in absent.items())]
    show({"lost": first, "files": [str(file) for file in files], "absent": absent}, lines, as_json)
