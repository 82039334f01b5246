"""The command `reproduce`, which runs a published experiment."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spinn2sim.cli.command_options import PATH, output_options
from spinn2sim.cli.output import FAILED, INTERRUPTED, show
from spinn2sim.cli.progress_bar import ProgressBar
from spinn2sim.cli.seeds_option import Seeds
from spinn2sim.cli.table import table_lines
from spinn2sim.experiments.runner.experiment_reporter import ExperimentReporter

if TYPE_CHECKING:
    from spinn2sim.experiments.runner.protocol import Experiment, FinishedJob
    from spinn2sim.experiments.runner.reproduction import Reproduction


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
@output_options
def reproduce(  # noqa: PLR0913 - click hands over every option
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
    """Reproduce a published experiment: figure, table and summary.json with our values beside the published ones.

    Without NAME: list the experiments. Exit status 1 if a value is outside its allowed range (never with --quick). See
    docs/how-to/reproduce.md.

    Example: spinn2sim reproduce fig1

    Example: spinn2sim reproduce --resume runs/reproduce-fig1-1
    """
    from spinn2sim.experiments.runner.protocol import Options
    from spinn2sim.experiments.runner.reproduce import reproduce as reproduce_experiment

    if listing or (name is None and resume is None):
        if any((name, out, data, quick, seeds, sigma is not None, resume)):
            raise click.UsageError("give a NAME, or --resume DIR; --list goes with neither and without other options")
        entries = catalogue()
        show({"experiments": entries}, catalogue_lines(entries), as_json)
        return
    if resume is not None and any((name, out, data, quick, seeds, sigma is not None)):
        raise click.UsageError(
            "--resume goes on as it was begun: no NAME, --out, --data, --quick, --seeds or --sigma beside it"
        )
    progress = ReproduceProgress()
    try:
        result = reproduce_experiment(name, out, Options(seeds, quick, data, sigma), workers, resume, progress)
    finally:
        progress.close()
    show({"folder": str(result.folder), **result.data}, reproduce_lines(result), as_json)
    sys.exit(INTERRUPTED if not result.complete else 0 if result.holds else FAILED)


def catalogue() -> list[dict[str, Any]]:
    """List all experiments with title, source, default seeds, the data they need, and their labels."""
    from spinn2sim.experiments.runner.catalogue import experiment_names, find_experiment

    experiments = [find_experiment(name) for name in experiment_names()]
    return [
        {k: getattr(experiment, k) for k in ("name", "title", "source", "seeds", "data", "labels")}
        for experiment in experiments
    ]


def catalogue_lines(entries: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a line for each experiment; its source is in the JSON and in each summary."""
    width = max(len(entry["name"]) for entry in entries)
    yield from (f"{entry['name']:<{width}}  {entry['title']}" for entry in entries)


class ReproduceProgress(ExperimentReporter):
    """Shows the progress of an experiment on stderr: a bar over its jobs, a line for each finished one."""

    def __init__(self) -> None:
        self._bar = ProgressBar()

    def begin(self, experiment: Experiment, done: int, jobs: int) -> None:
        """Print what is reproduced and how many jobs there are, and show the bar."""
        self._bar.say(f"{experiment.name}: {experiment.title}; {jobs} jobs, {done} done already")
        self._bar.begin(unit="job", total=jobs, done=done)

    def say(self, text: str) -> None:
        """Show next to the bar how far the current job is."""
        self._bar.note(text)

    def job(self, job: FinishedJob, done: int, jobs: int) -> None:
        """Print a line for a finished job."""
        self._bar.say(f"{job.job}  {job.seconds:.1f} s  ({done}/{jobs})")
        self._bar.move(done)

    def warn(self, text: str) -> None:
        """Print a warning."""
        self._bar.say(f"WARNING: {text}")

    def close(self) -> None:
        """Remove the bar."""
        self._bar.close()


def reproduce_lines(result: Reproduction) -> Iterator[str]:
    """Yield the labels, the table of values, the values that were not reproduced, and where the files are."""
    data = result.data
    yield from data["labels"]
    if not result.complete:
        jobs = data["jobs"]
        yield f"{result.folder}: interrupted, {jobs['done']} of {jobs['all']} jobs done"
        yield f"go on with: spinn2sim reproduce --resume {result.folder}"
        return
    yield from table_lines([_cells(value) for value in data["values"]], None)
    sources = {value["published"]["source"]: None for value in data["values"] if value["published"]}
    yield from (f"published: {source}" for source in sources)
    yield from data["notes"]
    for value in data["values"]:
        if value["holds"] is False:
            text = f"found {_number(value['ours'])}, allowed is {_range(value['allowed'])}"
            yield f"NOT REPRODUCED: {value['row']}: {value['quantity']}: {text}"
    yield f"{result.folder}: {', '.join(['summary.json', data['table'], *data['figures']])}; {data['wall_s']:.1f} s"


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
