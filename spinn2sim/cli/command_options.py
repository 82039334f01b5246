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
overriding = click.option(
    "--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change a scenario key; VALUE is TOML, else text."
)
simulating = click.option(
    "--engine", default=ENGINES[0], show_default=True, help=f"{' or '.join(ENGINES)}: one answer, other speed."
)


def reporting(function: Command) -> Command:
    """Add the options of every command."""
    function = click.option("--json", "as_json", is_flag=True, help="Machine-readable output on stdout.")(function)
    return click.option("--debug", is_flag=True, expose_value=False, help="Show a traceback.")(function)


def writing(function: Command) -> Command:
    """Add the argument and the options of a command that writes a run directory."""
    resumed = click.option(
        "--resume",
        "resumed",
        type=PATH,
        metavar="DIR",
        help="Go on with a run; to epoch N with --set training.epochs=N.",
    )
    out = click.option("--out", type=PATH, metavar="DIR", help="Run directory, new or empty; default runs/NAME-N.")
    return click.argument("scenario", required=False, type=PATH)(out(resumed(overriding(reporting(function)))))


def need_scenario(scenario: Path | None) -> Path:
    """The scenario, which must be named where no run is resumed. Raises UsageError."""
    if scenario is None:
        raise click.UsageError("give a SCENARIO, or --resume DIR")
    return scenario


def refuse_beside_resume(scenario: Path | None, out: Path | None) -> None:
    """Raise UsageError for what would change a run that is resumed."""
    if scenario is not None or out is not None:
        raise click.UsageError(
            "--resume goes on with a run as it was begun: no SCENARIO or --out beside it, and --set for training.epochs alone"
        )
