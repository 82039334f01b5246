"""The command `reproduce`: its options and how it ends; what it does is the experiments'."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from spinn2sim.cli.options import PATH, reporting, show

NOT_REPRODUCED, INTERRUPTED = 1, 130


class Seeds(click.ParamType):  # type: ignore[type-arg]
    """Numbers with commas between them."""

    name = "N,N,..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        """A tuple of numbers; fails with one line."""
        if isinstance(value, tuple):
            return value
        try:
            return tuple(int(part) for part in str(value).split(","))
        except ValueError:
            self.fail(f"found {value!r}, allowed are whole numbers such as 0,1,2", param, ctx)


@click.command()
@click.argument("name", required=False)
@click.option("--list", "listing", is_flag=True, help="The catalogue, a line for each experiment.")
@click.option("--out", type=PATH, metavar="DIR", help="New or empty; default runs/reproduce-NAME-N.")
@click.option("--data", type=PATH, metavar="FOLDER", help="Files that an experiment needs; it says which.")
@click.option("--workers", type=click.IntRange(1, 256), default=1, show_default=True, help="Processes of this machine.")
@click.option("--quick", is_flag=True, help="Reduced size, to see it work; its numbers reproduce nothing.")
@click.option("--seeds", type=Seeds(), default=(), help="In place of the experiment's own, such as 0,1,2.")
@click.option(
    "--sigma", type=float, help="Mismatch of the modelled substrate, 0.05 for 5 %, where it is not the x axis."
)
@click.option("--resume", type=PATH, metavar="DIR", help="Go on with an interrupted one; finished jobs are kept.")
@reporting
def reproduce(
    name: str | None,
    listing: bool,
    out: Path | None,
    data: Path | None,
    workers: int,
    quick: bool,
    seeds: tuple[int, ...],
    sigma: float | None,
    resume: Path | None,
    as_json: bool,
) -> None:
    """A published experiment: figure, table and summary.json with our values beside the published ones.

    Without NAME: the catalogue. Exit status 1 if a value is outside of what it must reach (never with --quick). See
    docs/how-to/reproduce.md.

    Example: spinn2sim reproduce fig1

    Example: spinn2sim reproduce --resume runs/reproduce-fig1-1
    """
    from spinn2sim.cli.reproduce import ReproduceProgress, catalogue, catalogue_lines, reproduce_lines
    from spinn2sim.experiments.runner.protocol import Options
    from spinn2sim.experiments.runner.run import reproduce as go

    if listing or (name is None and resume is None):
        if any((name, out, data, quick, seeds, sigma is not None, resume)):
            raise click.UsageError("give a NAME, or --resume DIR; --list goes with neither and without other options")
        found = catalogue()
        show({"experiments": found}, catalogue_lines(found), as_json)
        return
    if resume is not None and any((name, out, data, quick, seeds, sigma is not None)):
        raise click.UsageError(
            "--resume goes on as it was begun: no NAME, --out, --data, --quick, --seeds or --sigma beside it"
        )
    progress = ReproduceProgress()
    try:
        done = go(name, out, Options(seeds, quick, data, sigma), workers, resume, progress)
    finally:
        progress.close()
    show({"folder": str(done.folder), **done.data}, reproduce_lines(done), as_json)
    sys.exit(INTERRUPTED if not done.complete else 0 if done.holds else NOT_REPRODUCED)
