"""Writes the results of an experiment: summary.json with our values beside the published ones, table.csv, figures."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from spinn2sim.experiments.runner.protocol import Experiment, ExperimentResult, FinishedJob, Options, Value
from spinn2sim.files import atomic
from spinn2sim.training.provenance import now

SUMMARY, TABLE = "summary.json", "table.csv"
QUICK = "QUICK: reduced size, no reproduction"


@dataclass(frozen=True)
class Reproduction:
    """The directory of an experiment, and the content of its summary.json, `data`."""

    folder: Path
    data: dict[str, Any]

    @property
    def files(self) -> list[str]:
        """The names of the files that were written."""
        return [SUMMARY, *([self.data["table"]] if self.data["table"] else []), *self.data["figures"]]

    @property
    def complete(self) -> bool:
        """Whether all jobs are done."""
        return bool(self.data["status"] == "complete")

    @property
    def holds(self) -> bool:
        """Whether every value is within its bounds."""
        return all(value["holds"] is not False for value in self.data["values"])


def write_interrupted(folder: Path, head: Mapping[str, Any]) -> Reproduction:
    """Write a summary without values, since jobs are missing."""
    return _write(folder, {**head, "status": "interrupted", "values": [], "notes": [], "table": None, "figures": []})


def write_complete(
    folder: Path, experiment: Experiment, options: Options, done: Sequence[FinishedJob], head: Mapping[str, Any]
) -> Reproduction:
    """Write the table, the figures and the summary, each file whole or not at all. Raises OutputError."""
    result = experiment.aggregate(done)
    atomic.write_text(folder / TABLE, _csv(result))
    figures = [_draw(folder / f"{name}.png", experiment, name, options.quick, done) for name in experiment.figures]
    data = {
        **head,
        "status": "complete",
        "values": [_value_data(value, options.quick) for value in result.values],
        "notes": list(result.notes),
        "table": TABLE,
        "figures": figures,
    }
    return _write(folder, data)


def summary_head(experiment: Experiment, options: Options, origin: Mapping[str, Any]) -> dict[str, Any]:
    """Make the part of summary.json that does not depend on results; `origin` is the provenance."""
    return {
        "experiment": experiment.name,
        "title": experiment.title,
        "source": experiment.source,
        "quick": options.quick,
        "labels": [*([QUICK] if options.quick else []), *experiment.labels],
        "options": asdict(options),
        "provenance": origin,
    }


def _write(folder: Path, data: Mapping[str, Any]) -> Reproduction:
    data = {**data, "provenance": {**data["provenance"], "end": now()}}
    atomic.write_json(folder / SUMMARY, data)
    return Reproduction(folder, atomic.as_json(data))


def _value_data(value: Value, quick: bool) -> dict[str, Any]:
    theirs = value.published
    return {
        "row": value.row,
        "quantity": value.quantity,
        "ours": {"value": value.value, "error": value.error, "runs": value.runs},
        "published": None if theirs is None else asdict(theirs),
        "allowed": None if quick or value.allowed == (None, None) else list(value.allowed),
        "holds": None if quick else value.holds,
    }


def _csv(result: ExperimentResult) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(result.table[0]) if result.table else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(atomic.as_json(row) for row in result.table)
    return text.getvalue()


def _draw(file: Path, experiment: Experiment, name: str, quick: bool, done: Sequence[FinishedJob]) -> str:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(layout="constrained")
    FigureCanvasAgg(figure)
    experiment.figures[name](done, figure)
    figure.suptitle("\n".join([experiment.title, *([QUICK] if quick else []), *experiment.labels]), fontsize="medium")

    def save(out: IO[bytes]) -> None:
        figure.savefig(out, format="png", dpi=150, metadata={"Software": None})

    atomic.write_atomically(file, save)
    return file.name
