"""The command `script`, which runs a py-spinnaker2 script on the simulated chip."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from spinn2sim.cli.command_options import PATH
from spinn2sim.cli.output import one_line


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("--runs", type=PATH, metavar="DIR", help="Write a run directory DIR/NAME-N for each run of a network.")
@click.option("--debug", is_flag=True, expose_value=False, help="Show a traceback.")
@click.argument("file", type=PATH)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def script(runs: Path | None, file: Path, arguments: tuple[str, ...]) -> None:
    """Run a script that imports spinnaker2: FILE.py is run by Python, and its networks by the simulated chip.

    Options of `script` come before FILE, the script's own arguments after it. `packets`, `report` and `validate` read the runs that
    --runs writes. The last lines on stderr say what was lost, if ticks were too short.

    Example: spinn2sim script synfire_chain.py --length 5
    """
    from spinn2sim.spinnaker2 import lost_packets
    from spinn2sim.spinnaker2.alias import run_script
    from spinn2sim.spinnaker2.hardware import RUNS

    if runs is not None:
        os.environ[RUNS] = str(runs)
    with lost_packets.gathering():
        try:
            status = run_script(file, arguments)
        finally:
            sys.stdout.flush()
            for line in lost_packets.lines():
                click.echo(one_line(line), err=True)
    if status:
        sys.exit(status)
