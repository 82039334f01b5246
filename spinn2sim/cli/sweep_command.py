"""The command `sweep`, which searches hyper-parameters."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spinn2sim import api
from spinn2sim.cli.command_options import PATH, SCENARIO_PATH, output_options, set_option
from spinn2sim.cli.output import FAILED, INTERRUPTED, show
from spinn2sim.cli.progress_bar import ProgressBar
from spinn2sim.cli.table import table_lines
from spinn2sim.training.search.sweep_reporter import SweepReporter

if TYPE_CHECKING:
    from spinn2sim.training.search.space import Space
    from spinn2sim.training.search.trial_log import Trial

# How many of the best trials the summary shows.
SHOWN = 10


@click.command()
@click.argument("scenario", required=False, type=SCENARIO_PATH)
@click.argument("space", required=False, type=PATH)
@click.option("--out", type=PATH, metavar="DIR", help="The sweep's directory, new or empty; default runs/NAME-sweep-N.")
@click.option("--trials", type=click.IntRange(1, 100_000), help="In place of the space file's; with --resume: in all.")
@click.option("--workers", type=click.IntRange(1, 256), default=1, show_default=True, help="Processes of this machine.")
@click.option("--dask", metavar="ADDRESS", help="The scheduler of a Dask cluster, such as tcp://10.0.0.1:8786.")
@click.option("--resume", type=PATH, metavar="DIR", help="Go on with a sweep, also after kill -9.")
@set_option
@output_options
def sweep(  # noqa: PLR0913 - click hands over every option
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

    Example: spinn2sim sweep yinyang yinyang --workers 2

    Example: spinn2sim sweep --resume runs/yinyang-sweep-1 --trials 80
    """
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
        result = api.sweep(scenario, space, out, overrides, trials, workers if dask is None else dask, resume, progress)
    finally:
        progress.close()
    show({"sweep": str(result.folder), **result.data}, sweep_lines(str(result.folder), result.data), as_json)
    interrupted = result.data["status"] == "interrupted"
    sys.exit(INTERRUPTED if interrupted else 0 if result.complete and result.best else FAILED)


class SweepProgress(SweepReporter):
    """Shows the progress of a sweep on stderr: a bar over its trials, a line for each finished one."""

    def __init__(self) -> None:
        self._bar = ProgressBar()

    def begin(self, space: Space, done: int, trials: int) -> None:
        """Print how many trials there are and what they are drawn from, and show the bar."""
        settings = space.settings
        if settings.sampler in ("tpe", "nsga2"):
            lag = f", each drawn from what the trials up to {settings.ahead} before it gave"
        else:
            lag = ""
        self._bar.say(f"{trials} trials by {settings.sampler}{lag}; {done} done already")
        self._bar.begin(unit="trial", total=trials, done=done)

    def trial(self, space: Space, trial: Trial, done: int, trials: int) -> None:
        """Print a line for a finished trial."""
        result = trial.result
        assert result is not None  # noqa: S101 - it is finished
        said = result.reason or "  ".join(f"{name} {result.figures[name]:.5g}" for name in space.settings.objectives)
        state = "" if result.state == "complete" else f"{result.state.upper()}  "
        self._bar.say(f"trial {trial.number:3d}  {state}{said}  {result.seconds:.1f} s  ({done}/{trials})")
        self._bar.move(done)

    def fresh(self, space: Space, best: Trial) -> None:
        """Print that the best settings are trained once more."""
        self._bar.close()
        self._bar.say(
            f"trial {best.number} once more, with {space.settings.fresh_seeds} seeds that the sweep did not use"
        )

    def warn(self, text: str) -> None:
        """Print a warning."""
        self._bar.say(f"WARNING: {text}")

    def close(self) -> None:
        """Remove the bar."""
        self._bar.close()


def sweep_lines(folder: str, data: Mapping[str, Any]) -> Iterator[str]:
    """Yield how many trials were refused, the Pareto front or the best trials, and where the files are."""
    counts, trials = data["counts"], data["trials"]
    if counts["refused"]:
        first = next(row for row in trials if row["state"] == "refused")
        yield f"REFUSED: {counts['refused']} of {len(trials)} trials, the first: trial {first['trial']}: {first['reason']}"
    names = [objective["name"] for objective in data["objectives"]]
    complete = [row for row in trials if row["state"] == "complete"]
    if not complete:
        yield f"{folder}: {data['status']}, no trial is complete: nothing to choose from"
        if data["status"] != "complete":
            yield f"go on with: spinn2sim sweep --resume {folder}"
        return
    if len(names) > 1:
        rows = [next(row for row in complete if row["trial"] == number) for number in data["front"]]
        yield f"the Pareto front of {len(complete)} complete trials, best {names[0]} first"
    else:
        sign = -1 if data["objectives"][0]["direction"] == "maximize" else 1
        rows = sorted(complete, key=lambda row: (sign * row["figures"][names[0]], row["trial"]))[:SHOWN]
        yield f"the best of {len(complete)} complete trials" + (
            f", {counts['pruned']} pruned" if counts["pruned"] else ""
        )
    yield from table_lines([_cells(row, names) for row in rows], None)
    if data.get("fresh"):
        yield from fresh_lines(data["fresh"], data["best"])
    if data["importance"]:
        yield "importance: " + ", ".join(f"{name} {share:.0%}" for name, share in data["importance"].items())
    if data["note"]:
        yield data["note"]
    yield f"{folder}: {data['status']}; best scenario {folder}/best.toml (trial {data['best']})"
    if data["status"] != "complete":
        yield f"go on with: spinn2sim sweep --resume {folder}"


def fresh_lines(fresh: Mapping[str, Any], best: int) -> Iterator[str]:
    """Yield what the best settings gave with fresh seeds, and whether one of them learned nothing."""
    found = fresh["validation_accuracy"]
    yield (
        f"trial {best} with the fresh seeds {', '.join(map(str, fresh['seeds']))}: validation accuracy {fresh['mean']:.1%} "
        f"+- {fresh['standard_deviation']:.1%} ({min(found):.1%} to {max(found):.1%})"
    )
    for seed in fresh["at_chance"]:
        accuracy = found[fresh["seeds"].index(seed)]
        yield (
            f"AT CHANCE: with seed {seed} it is {accuracy:.1%}, and always answering the most frequent class gives "
            f"{fresh['chance']:.1%}: these settings depend on luck; judge trials by several seeds ([sweep] seeds)"
        )


def _cells(row: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    cells = {"trial": row["trial"], **{name: row["figures"][name] for name in names}}
    if len(row["by_seed"]) > 1:
        cells |= {"lowest": min(row["by_seed"]), "highest": max(row["by_seed"])}
    return cells | {key: str(value) if isinstance(value, list) else value for key, value in row["values"].items()}
