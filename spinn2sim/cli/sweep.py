"""What `spinn2sim sweep` says: progress, a line for each trial, the table and the front; it computes nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

import click

from spinn2sim.cli.table import table_lines
from spinn2sim.training.search.sweep import SweepReporter

SHOWN = 10  # best trials


class SweepProgress(SweepReporter):
    """The reporter of the command line: a bar on a terminal, a line for each trial."""

    def __init__(self) -> None:
        self._bar: Any = None

    def begin(self, space: Any, done: int, trials: int) -> None:
        """A bar over trials."""
        from tqdm import tqdm

        settings = space.settings
        if settings.sampler in ("tpe", "nsga2"):
            lag = f", each drawn from what the trials up to {settings.ahead} before it gave"
        else:
            lag = ""
        click.echo(f"{trials} trials by {settings.sampler}{lag}; {done} done already", err=True)
        self._bar = tqdm(
            total=trials, initial=done, unit="trial", leave=False, file=sys.stderr, dynamic_ncols=True, disable=None
        )

    def trial(self, space: Any, trial: Any, done: int, trials: int) -> None:
        """A line for a finished trial."""
        result = trial.result
        said = result.reason or "  ".join(f"{name} {result.figures[name]:.5g}" for name in space.settings.objectives)
        state = "" if result.state == "complete" else f"{result.state.upper()}  "
        self._say(f"trial {trial.number:3d}  {state}{said}  {result.seconds:.1f} s  ({done}/{trials})")
        self._bar.update(done - self._bar.n)

    def warn(self, text: str) -> None:
        """Something that cannot wait until the end."""
        self._say(f"WARNING: {text}")

    def close(self) -> None:
        """End the bar."""
        if self._bar is not None:
            self._bar.close()

    def _say(self, text: str) -> None:
        self._bar.clear()
        click.echo(text, err=True)
        self._bar.refresh()


def sweep_lines(folder: str, data: Mapping[str, Any]) -> Iterator[str]:
    """What is printed at the end: refusals first, then the front or the best trials, then where everything is."""
    counts, trials = data["counts"], data["trials"]
    if counts["refused"]:
        first = next(row for row in trials if row["state"] == "refused")
        yield f"REFUSED: {counts['refused']} of {len(trials)} trials, the first: trial {first['trial']}: {first['reason']}"
    names = [objective["name"] for objective in data["objectives"]]
    complete = [row for row in trials if row["state"] == "complete"]
    if not complete:
        yield f"{folder}: {data['status']}, no trial is complete: nothing to choose from"
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
    if data["importance"]:
        yield "importance: " + ", ".join(f"{name} {share:.0%}" for name, share in data["importance"].items())
    if data["note"]:
        yield data["note"]
    yield f"{folder}: {data['status']}; best scenario {folder}/best.toml (trial {data['best']})"
    if data["status"] != "complete":
        yield f"go on with: spinn2sim sweep --resume {folder}"


def _cells(row: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    cells = {"trial": row["trial"], **{name: row["figures"][name] for name in names}}
    if len(row["by_seed"]) > 1:
        cells |= {"lowest": min(row["by_seed"]), "highest": max(row["by_seed"])}
    return cells | {key: str(value) if isinstance(value, list) else value for key, value in row["values"].items()}
