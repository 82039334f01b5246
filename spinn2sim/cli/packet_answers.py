"""The answers to the questions of the command `packets`, as data and as text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from spinn2sim.cli.packet_history_text import history_lines
from spinn2sim.cli.packet_summary_text import BUSIEST, summary_lines
from spinn2sim.cli.sample_story_text import story_lines
from spinn2sim.cli.table import SHOWN, table_lines
from spinn2sim.errors import Spinn2simError
from spinn2sim.files.atomic import as_json
from spinn2sim.trace import csv_export, questions
from spinn2sim.trace import sample_story as stories
from spinn2sim.trace.run_directory import SCENARIO
from spinn2sim.trace.sql import PACKETS, Tables
from spinn2sim.trace.time_window import TimeWindow, describe_traced, first_traced_part

if TYPE_CHECKING:
    import pyarrow as pa

Options = Mapping[str, Any]
Answer = tuple[dict[str, Any], Iterable[str]]


def answer(run: Path, question: str, options: Options) -> Answer:
    """Return the answer as data and as text; with --csv the answer goes to the file. Raises Spinn2simError."""
    if options["csv"] is not None:
        path = Path(options["csv"])
        rows = csv_export.write_csv(csv_rows(run, question, options), path)
        return {"run": str(run), "csv": str(path), "rows": rows}, [f"{path}: {rows:,} rows"]
    data, lines = ANSWERS[question](run, options)
    return {"run": str(run), **as_json(data)}, lines


def print_csv(run: Path, question: str, options: Options, out: IO[bytes]) -> None:
    """Write the answer as CSV to an open file."""
    csv_export.fill_csv(csv_rows(run, question, options), out)


def csv_rows(run: Path, question: str, options: Options) -> Iterable[pa.RecordBatch]:
    """Return the rows for --csv: those of the answer, or the deliveries that the summary summarises."""
    tables = Tables(run, options["chip"])
    if question == "by":
        return tables.batches(
            questions.count_by_query(tables, options["by"], selection(tables, options), options["top"])
        )
    if question == "sql":
        query = options["sql"]
    else:
        tables.need("packets")
        query = f"SELECT * FROM packets WHERE {questions.enclose(selection(tables, options))}"  # noqa: S608 - the rows are sorted already
    if options["top"] is not None:
        query = f"SELECT * FROM (\n{query}\n) LIMIT {int(options['top'])}"  # noqa: S608 - a user may ask what DuckDB's seal allows
    return tables.batches(query)


def selection(tables: Tables, options: Options) -> str | None:
    """Combine --where and the time window into one SQL condition. Raises DataError for a window outside of the trace."""
    window = TimeWindow(*(options[name] for name in ("epoch", "part", "batch", "ticks")))
    if window.condition is not None:
        first_traced_part(tables, window)
    if window.condition is None or not options["where"]:
        return window.condition or options["where"]
    return f"{window.condition} AND {questions.enclose(options['where'])}"


def _summary(run: Path, options: Options) -> Answer:
    tables = Tables(run, options["chip"])
    where, top = selection(tables, options), options["top"]
    summary = (
        questions.summarise(tables, where) if where or PACKETS in tables.names else questions.summarise_counters(tables)
    )
    data = {
        "run": str(run),
        "where": where and " ".join(where.split()),
        "lost_in_run": questions.lost_in_run(tables),
        "traced_part": _traced_part(tables) if PACKETS in tables.names else None,
        **asdict(summary),
        "cycles": questions.cycles(tables) if where is None else [],
    }
    if top is not None:
        data |= {name: data[name][:top] for name in ("channels", "pes", "cycles")}
    return data, summary_lines(data, top or BUSIEST)


def _traced_part(tables: Tables) -> str | None:
    """Describe what was traced of a run; None if it was all, or if that is not known."""
    from spinn2sim.scenario import load
    from spinn2sim.scenario.keys import Trace

    try:
        trace = load(tables.folder / SCENARIO).trace
    except Spinn2simError:
        return None
    whole = trace.packets == "all" and trace == Trace(
        "all", trace.wakes, trace.epoch, trace.first_batch, trace.last_batch
    )
    kept = [
        f"{name} {list(value)}" for name in ("samples", "pes", "kinds") if (value := getattr(trace, name)) is not None
    ]
    return None if whole else ", ".join([describe_traced(tables), *kept])


def _by(run: Path, options: Options) -> Answer:
    tables = Tables(run, options["chip"])
    rows = questions.count_by(tables, options["by"], selection(tables, options), options["top"])
    return {"rows": rows}, table_lines(rows, options["top"] or SHOWN)


def _sql(run: Path, options: Options) -> Answer:
    rows = Tables(run, options["chip"]).rows(options["sql"])
    rows = rows if options["top"] is None else rows[: options["top"]]
    return {"rows": rows}, table_lines(rows, options["top"] or SHOWN)


def _follow(run: Path, options: Options) -> Answer:
    from spinn2sim.report.packet_history import packet_history

    data = packet_history(run, options["follow"], options["chip"])
    return data, history_lines(data)


def _sample(run: Path, options: Options) -> Answer:
    from spinn2sim.report.run import Run

    tables = Tables(run, options["chip"])
    place = stories.find_sample(
        tables, options["sample"], options["batch"], options["epoch"], options["part"] or "train"
    )
    names, output, average = _populations(tables.folder)
    story = stories.read_story(tables, place, output)
    data = {**asdict(story), "label": Run(tables.folder).label(place.part, place.sample)}
    if average:
        data["average"] = True
    return data, story_lines(data, names)


def _populations(run: Path) -> tuple[tuple[str, ...], int | None, bool]:
    """Return the names of a run's populations, which of them answers, and whether by average voltages.

    () and None for a chain of layers, or if they are not known.
    """
    from spinn2sim.scenario import load
    from spinn2sim.scenario.graph_checks import output_of
    from spinn2sim.scenario.keys import AVERAGE_VOLTAGE

    try:
        scenario = load(run / SCENARIO)
    except Spinn2simError:
        return (), None, False
    names = tuple(population.name for population in scenario.population or ())
    return names, output_of(scenario), scenario.loss.kind == AVERAGE_VOLTAGE


def _timeline(run: Path, options: Options) -> Answer:
    from spinn2sim.trace.timeline import write_timeline

    tables, path = Tables(run, options["chip"]), options["timeline"]
    counts = write_timeline(tables, path, selection(tables, options))
    lines = [
        f"{path}: {counts.deliveries:,} deliveries and {counts.wakes:,} wakes; open it in ui.perfetto.dev (slices are in whole ns)"
    ]
    if counts.deliveries < counts.asked:
        lines.insert(
            0,
            f"LEFT OUT: the last {counts.asked - counts.deliveries:,} of {counts.asked:,} deliveries; "
            "narrow it by --where, --batch, --ticks",
        )
    return {"file": str(path), **counts._asdict()}, lines


ANSWERS: Mapping[str, Callable[[Path, Options], Answer]] = {
    "": _summary, "by": _by, "sql": _sql, "follow": _follow, "sample": _sample, "timeline": _timeline,
}  # fmt: skip
