"""What `spinn2sim reproduce` says: the catalogue, progress, our values beside the published ones; it computes nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from spinn2sim.cli.table import table_lines
from spinn2sim.experiments.runner.catalogue import experiment_names, find_experiment
from spinn2sim.experiments.runner.experiment_jobs import ExperimentReporter
from spinn2sim.experiments.runner.protocol import Experiment, FinishedJob
from spinn2sim.experiments.runner.reproduction import Reproduction


def catalogue() -> list[dict[str, Any]]:
    """Name, title and source of each experiment, and what it takes."""
    found = [find_experiment(name) for name in experiment_names()]
    return [{k: getattr(one, k) for k in ("name", "title", "source", "seeds", "data", "labels")} for one in found]


def catalogue_lines(found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A line for each; where it was published is in the JSON and in each summary."""
    width = max(len(one["name"]) for one in found)
    yield from (f"{one['name']:<{width}}  {one['title']}" for one in found)


class ReproduceProgress(ExperimentReporter):
    """The reporter of the command line: a bar on a terminal, a line for each job."""

    def __init__(self) -> None:
        self._bar: Any = None

    def begin(self, experiment: Experiment, done: int, jobs: int) -> None:
        """A bar over jobs."""
        from tqdm import tqdm

        click.echo(f"{experiment.name}: {experiment.title}; {jobs} jobs, {done} done already", err=True)
        self._bar = tqdm(
            total=jobs, initial=done, unit="job", leave=False, file=sys.stderr, dynamic_ncols=True, disable=None
        )

    def say(self, text: str) -> None:
        """How far a job is, behind the bar; not where there is no terminal."""
        if self._bar is not None:
            self._bar.set_postfix_str(text)

    def job(self, done: FinishedJob, finished: int, jobs: int) -> None:
        """A line for a finished job."""
        self._line(f"{done.job}  {done.seconds:.1f} s  ({finished}/{jobs})")
        self._bar.update(finished - self._bar.n)

    def warn(self, text: str) -> None:
        """Something that cannot wait until the end."""
        self._line(f"WARNING: {text}")

    def close(self) -> None:
        """End the bar."""
        if self._bar is not None:
            self._bar.close()

    def _line(self, text: str) -> None:
        self._bar.clear()
        click.echo(text, err=True)
        self._bar.refresh()


def reproduce_lines(found: Reproduction) -> Iterator[str]:
    """What is printed at the end: labels and the table of values, what does not hold, where everything is."""
    data = found.data
    yield from data["labels"]
    if not found.complete:
        jobs = data["jobs"]
        yield f"{found.folder}: interrupted, {jobs['done']} of {jobs['all']} jobs done"
        yield f"go on with: spinn2sim reproduce --resume {found.folder}"
        return
    yield from table_lines([_cells(value) for value in data["values"]], None)
    sources = {value["published"]["source"]: None for value in data["values"] if value["published"]}
    yield from (f"published: {source}" for source in sources)
    yield from data["notes"]
    for value in data["values"]:
        if value["holds"] is False:
            found_there = f"found {_number(value['ours'])}, allowed is {_range(value['allowed'])}"
            yield f"NOT REPRODUCED: {value['row']}: {value['quantity']}: {found_there}"
    yield f"{found.folder}: {', '.join(['summary.json', data['table'], *data['figures']])}; {data['wall_s']:.1f} s"


def _cells(value: Mapping[str, Any]) -> dict[str, str]:
    theirs = value["published"]
    holds = {None: "", True: "yes", False: "NO"}[value["holds"]]
    return {
        "row": value["row"],
        "quantity": value["quantity"],
        "ours": _number(value["ours"]),
        "published": "-" if theirs is None or theirs["value"] is None else _number(theirs),
        "allowed": "" if value["allowed"] is None else _range(value["allowed"]),
        "holds": holds,
    }


def _number(of: Mapping[str, Any]) -> str:
    if of["value"] is None:
        return "none"
    return f"{of['value']:.5g}" + ("" if of["error"] is None else f" +- {of['error']:.2g}")


def _range(allowed: Sequence[float | None]) -> str:
    low, high = ("" if bound is None else f"{bound:g}" for bound in allowed)
    return f"{low} to {high}" if low and high else f"at least {low}" if low else f"at most {high}"
