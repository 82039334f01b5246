"""The command `script`, which runs a py-spinnaker2 script on the simulated chip."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from spinn2sim.cli.command_options import PATH


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("file", type=PATH)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def script(file: Path, arguments: tuple[str, ...]) -> None:
    """Run a script that imports spinnaker2: FILE.py is run by Python, and its networks by the simulated chip.

    Example: spinn2sim script synfire_chain.py --length 5
    """
    from spinn2sim.spinnaker2.alias import run_script

    status = run_script(file, arguments)
    if status:
        sys.exit(status)
