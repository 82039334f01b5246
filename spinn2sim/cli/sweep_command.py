"""The command `sweep`: its options and how it ends; what it does is search's."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from spinn2sim.cli.options import PATH, overriding, reporting, show

NOTHING_FOUND, INTERRUPTED = 1, 130


@click.command()
@click.argument("scenario", required=False, type=PATH)
@click.argument("space", required=False, type=PATH)
@click.option("--out", type=PATH, metavar="DIR", help="The sweep's directory, new or empty; default runs/NAME-sweep-N.")
@click.option("--trials", type=click.IntRange(1, 100_000), help="In place of the space file's; with --resume: in all.")
@click.option("--workers", type=click.IntRange(1, 256), default=1, show_default=True, help="Processes of this machine.")
@click.option("--dask", metavar="ADDRESS", help="The scheduler of a Dask cluster, such as tcp://10.0.0.1:8786.")
@click.option("--resume", type=PATH, metavar="DIR", help="Go on with a sweep, also after kill -9.")
@overriding
@reporting
def sweep(
    scenario: Path | None,
    space: Path | None,
    out: Path | None,
    trials: int | None,
    workers: int,
    dask: str | None,
    resume: Path | None,
    overrides: tuple[str, ...],
    as_json: bool,
) -> None:
    """Search hyper-parameters off the chip; the best scenario comes out ready to run on the chip.

    SPACE is a TOML file that says what is varied, and by what trials are judged, always on a validation split: docs/how-to/sweep.md.

    Example: spinn2sim sweep scenarios/yinyang.toml scenarios/spaces/yinyang.toml --workers 2

    Example: spinn2sim sweep --resume runs/yinyang-sweep-1 --trials 80
    """
    from spinn2sim.cli.sweep import SweepProgress, sweep_lines
    from spinn2sim.training.search.sweep import sweep as go

    if resume is None and (scenario is None or space is None):
        raise click.UsageError("give a SCENARIO and a SPACE, or --resume DIR")
    if resume is not None and (out is not None or (scenario is None) != (space is None)):
        raise click.UsageError("--resume goes with SCENARIO and SPACE or with neither, and without --out")
    if resume is not None and overrides and scenario is None:
        raise click.UsageError("--resume goes on with a sweep as it was begun: no --set beside it")
    if dask is not None and workers != 1:
        raise click.UsageError("--workers are processes of this machine; with --dask the cluster has its own")
    progress = SweepProgress()
    try:
        found = go(scenario, space, out, overrides, trials, workers if dask is None else dask, resume, progress)
    finally:
        progress.close()
    show({"sweep": str(found.folder), **found.data}, sweep_lines(str(found.folder), found.data), as_json)
    sys.exit(INTERRUPTED if not found.complete else 0 if found.best else NOTHING_FOUND)
