"""The command `verify`, which checks every file of a run directory."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from spinn2sim import api
from spinn2sim.cli.command_options import PATH, output_options
from spinn2sim.cli.output import FAILED, show


@click.command()
@click.argument("run", type=PATH)
@output_options
def verify(run: Path, as_json: bool) -> None:
    """Check that every file of a run is as it was written, by the SHA-256 in its manifest. Exit status 1 if one differs or is missing.

    Example: spinn2sim verify runs/yinyang-1
    """
    found = api.verify(run)
    said = found.problems or [f"{run}: {found.files} files are as the run wrote them"]
    show({"run": str(run), "holds": found.holds, "files": found.files, "problems": found.problems}, said, as_json)
    sys.exit(0 if found.holds else FAILED)
