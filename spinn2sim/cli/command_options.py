"""The options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from spinn2sim.hardware.engines.choice import ENGINES

PATH = click.Path(path_type=Path)
SPIKES = click.Choice(["step", "dirac"])
Command = Callable[..., Any]
set_option = click.option(
    "--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change a scenario key; VALUE is TOML, else text."
)
engine_option = click.option(
    "--engine",
    default=ENGINES[0],
    show_default=True,
    help=f"{', '.join(ENGINES)}: the first two give one answer, the last counts cycles.",
)


def output_options(function: Command) -> Command:
    """Add --json and --debug, which every command has."""
    function = click.option("--json", "as_json", is_flag=True, help="Machine-readable output on stdout.")(function)
    return click.option("--debug", is_flag=True, expose_value=False, help="Show a traceback.")(function)


def run_options(function: Command) -> Command:
    """Add SCENARIO and the options of a command that writes a run directory: --out, --resume, --set, --json, --debug."""
    resumed = click.option(
        "--resume",
        "resumed",
        type=PATH,
        metavar="DIR",
        help="Go on with a run; to epoch N with --set training.epochs=N.",
    )
    out = click.option("--out", type=PATH, metavar="DIR", help="Run directory, new or empty; default runs/NAME-N.")
    return click.argument("scenario", required=False, type=PATH)(out(resumed(set_option(output_options(function)))))


def need_scenario(scenario: Path | None) -> Path:
    """Return the scenario. Raises UsageError if none was named, which only --resume allows."""
    if scenario is None:
        raise click.UsageError("give a SCENARIO, or --resume DIR; spinn2sim scenarios lists those that have a name")
    return scenario


def refuse_beside_resume(scenario: Path | None, out: Path | None) -> None:
    """Raise UsageError if SCENARIO or --out was given beside --resume: they would change the run."""
    if scenario is not None or out is not None:
        raise click.UsageError(
            "--resume goes on with a run as it was begun: no SCENARIO or --out beside it, and --set for training.epochs alone"
        )
