"""The command `script`, which runs a py-spinnaker2 script on the simulated chip."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from spinn2sim.cli.command_options import PATH, engine_option, set_option
from spinn2sim.cli.output import LOST, coloured, one_line
from spinn2sim.errors import need_choice
from spinn2sim.hardware.engines.choice import ENGINES


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("--runs", type=PATH, metavar="DIR", help="Write a run directory DIR/NAME-N for each run of a network.")
@engine_option
@set_option
@click.option("--fail-on-loss", is_flag=True, help=f"Exit with {LOST} if packets or ticks were lost.")
@click.option("--debug", is_flag=True, expose_value=False, help="Show a traceback.")
@click.argument("file", type=PATH)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def script(
    runs: Path | None,
    engine: str,
    overrides: tuple[str, ...],
    fail_on_loss: bool,
    file: Path,
    arguments: tuple[str, ...],
) -> None:
    """Run a script that imports spinnaker2: FILE.py is run by Python, and its networks by the simulated chip.

    Options of `script` come before FILE, the script's own arguments after it. `packets`, `report` and `validate` read the runs that
    --runs writes. The last lines on stderr say what was lost, if ticks were too short. Of the keys of scenarios --set takes chip.costs and
    chip.cycles.NAME.

    Example: spinn2sim script synfire_chain.py --length 5
    """
    from spinn2sim.scenario.overrides import as_mapping
    from spinn2sim.scripts.script_costs import costs_of_keys
    from spinn2sim.spinnaker2 import lost_packets
    from spinn2sim.spinnaker2.alias import run_script
    from spinn2sim.spinnaker2.hardware import ENGINE, RUNS, with_costs

    need_choice("engine", engine, ENGINES)
    chosen = {ENGINE: engine, **({RUNS: str(runs)} if runs is not None else {})}
    with _environment(chosen), with_costs(costs_of_keys(as_mapping(overrides))), lost_packets.gathering():
        try:
            status = run_script(file, arguments)
        finally:
            sys.stdout.flush()
            lost = lost_packets.lines()
            for line in lost:
                click.echo(coloured(one_line(line), err=True), err=True)
    if status or (fail_on_loss and lost):
        sys.exit(status or LOST)


@contextmanager
def _environment(chosen: dict[str, str]) -> Iterator[None]:
    """Set variables of the environment for the block."""
    before = {name: os.environ.get(name) for name in chosen}
    os.environ.update(chosen)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
