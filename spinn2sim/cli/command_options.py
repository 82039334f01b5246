"""The options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from spinn2sim.cli.output import LOST
from spinn2sim.hardware.engines.choice import ENGINES

PATH = click.Path(path_type=Path)


class ScenarioPath(click.Path):
    """A path, which a shell completes with files, and with the names of shipped scenarios that begin alike."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Return the names, then files."""
        from spinn2sim.scenario.shipped import shipped_names

        named = [name for name in shipped_names() if name.startswith(incomplete)]
        items = [CompletionItem(name) for name in named]
        return [*items, *super().shell_complete(ctx, param, incomplete)]


SCENARIO_PATH = ScenarioPath(path_type=Path)
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
    """Add SCENARIO and the options of a command that writes a run directory: --out, --resume, --set, --fail-on-loss, --json, --debug."""
    resumed = click.option(
        "--resume",
        "resumed",
        type=PATH,
        metavar="DIR",
        help="Go on with a run; to epoch N with --set training.epochs=N.",
    )
    out = click.option("--out", type=PATH, metavar="DIR", help="Run directory, new or empty; default runs/NAME-N.")
    fails = click.option(
        "--fail-on-loss", is_flag=True, help=f"Exit with {LOST} if packets, ticks or values were lost."
    )
    options = out(resumed(set_option(fails(output_options(function)))))
    return click.argument("scenario", required=False, type=SCENARIO_PATH)(options)


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
