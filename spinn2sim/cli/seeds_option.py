"""The options --seeds and --processes, and the type of a list of seeds, which `reproduce` has too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from spinn2sim.errors import ScenarioError


class Seeds(click.ParamType):  # type: ignore[type-arg]
    """The value of --seeds: numbers and ranges with commas between them."""

    name = "0..4 or 0,3,7"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        """Read the numbers. Anything else is a usage error."""
        from spinn2sim.training.several_seeds.seed_list import read_seeds

        if isinstance(value, tuple):
            return value
        try:
            return read_seeds(str(value), "--seeds")
        except ScenarioError as error:
            raise click.UsageError(str(error), ctx) from None


def seeds_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add --seeds and --processes to a command that trains."""
    processes = click.option(
        "--processes",
        type=click.IntRange(1, 256),
        help="With --seeds: how many at a time, by default one a core. With a board: spread its chips over so many.",
    )
    seeds = click.option(
        "--seeds", type=Seeds(), help="Train with each of these seeds, side by side; a run directory each, one table."
    )
    return seeds(processes(function))


def refuse_beside_seeds(seeds: tuple[int, ...] | None, processes: int | None, resumed: Path | None) -> None:
    """Raise UsageError for options that do not go together."""
    from spinn2sim.trace.run_directory import is_several

    if seeds is not None and resumed is not None:
        raise click.UsageError("--resume goes on with the seeds that the folder was begun with: no --seeds beside it")
    trains_chips = click.get_current_context().info_name == "run"
    if processes is not None and seeds is None and not trains_chips and (resumed is None or not is_several(resumed)):
        raise click.UsageError("--processes goes with --seeds, or with --resume and a folder of several seeds")
