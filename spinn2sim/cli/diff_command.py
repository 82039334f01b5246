"""The command `diff`, which compares two runs."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from spinn2sim.cli.command_options import PATH, output_options
from spinn2sim.cli.output import FAILED, show


@click.command()
@click.argument("first", type=PATH, metavar="RUN_A")
@click.argument("second", type=PATH, metavar="RUN_B")
@output_options
def diff(first: Path, second: Path, as_json: bool) -> None:
    """Compare two runs: the first packet that differs, with its path, then weights and metrics, or what scripts recorded.

    Exit status 1 if anything differs.

    Example: spinn2sim diff runs/yinyang-1 runs/yinyang-2
    """
    from spinn2sim.report.diff import compared
    from spinn2sim.report.diff import diff as compare

    lines = compare(first, second)
    told = [f"{first} <> {second}", *lines] if lines else [compared(first, second)]
    show({"same": not lines, "differences": lines}, told, as_json)
    sys.exit(FAILED if lines else 0)
