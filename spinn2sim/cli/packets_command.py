"""The command `packets`, which answers questions about a run's packets: its options, and which question they ask."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import click

from spinn2sim.cli.command_options import PATH, output_options
from spinn2sim.cli.output import OWN_PROCESS, HarmlessFile, show
from spinn2sim.errors import quoted
from spinn2sim.hardware.packet import PART_NAMES
from spinn2sim.trace.sql_limits import OwnProcess

# The options that ask a question of their own; the others narrow it, or say where the answer goes.
QUESTIONS = {"sql": "--sql", "follow": "--follow", "sample": "--sample", "by": "--by", "timeline": "--perfetto"}
# The options that go with each question, besides --json.
TAKES = {
    "sql": {"chip", "csv", "top"},
    "follow": {"chip"},
    "sample": {"chip", "epoch", "part", "batch"},
    "by": {"chip", "where", "epoch", "part", "batch", "ticks", "top", "csv"},
    "timeline": {"chip", "where", "epoch", "part", "batch", "ticks"},
    "": {"chip", "where", "epoch", "part", "batch", "ticks", "top", "csv"},
}


def tick_range(_context: click.Context, option: click.Parameter, text: str | None) -> tuple[int, int] | None:
    """Read A..B, or just A, as two numbers."""
    if text is None:
        return None
    first, _, last = text.partition("..")
    try:
        return int(first), int(last or first)
    except ValueError:
        raise click.BadParameter(f"found {quoted(text)}, allowed is A..B or one number", param=option) from None


def chip(_context: click.Context, option: click.Parameter, text: str | None) -> tuple[int, int] | None:
    """Read X,Y as a chip."""
    if text is None:
        return None
    try:
        x, y = map(int, text.split(","))
    except ValueError:
        raise click.BadParameter(f"found {quoted(text)}, allowed is X,Y", param=option) from None
    return x, y


def columns(_context: click.Context, _option: click.Parameter, text: str | None) -> list[str] | None:
    """Read COL,COL as a list."""
    return None if text is None else [name.strip() for name in text.split(",") if name.strip()]


def condition(_context: click.Context, option: click.Parameter, text: str | None) -> str | None:
    """Read a condition, and refuse an empty one."""
    if text is not None and not text.strip():
        raise click.BadParameter("found nothing, allowed is a condition such as \"kind = 'error'\"", param=option)
    return text


@click.command()
@click.argument("run", type=PATH)
@click.option(
    "--where",
    callback=condition,
    metavar="SQL",
    help="Only deliveries that satisfy a condition on the table's columns.",
)
@click.option("--chip", callback=chip, metavar="X,Y", help="This chip of a board; by default the first.")
@click.option("--epoch", type=int, help="Only this epoch.")
@click.option("--part", type=click.Choice(PART_NAMES), help="Only this part of the epochs.")
@click.option("--batch", type=int, help="Only this batch.")
@click.option("--ticks", callback=tick_range, metavar="A..B", help="Only packets sent in these ticks of a batch.")
@click.option("--by", callback=columns, metavar="COL[,COL]", help="Count and time by these columns.")
@click.option("--top", type=click.IntRange(min=1), help="Rows to show: most deliveries, or the hottest, first.")
@click.option("--csv", type=click.Path(), metavar="FILE|-", help="Write the answer, or the deliveries themselves.")
@click.option("--sql", metavar="SELECT", help="Ask the run's tables: packets, spikes, metrics, ...")
@click.option("--follow", type=int, metavar="SEQ", help="The life of one packet, hop by hop.")
@click.option(
    "--sample", type=int, metavar="K", help="A sample's story, forward and back; --batch B if it must be there."
)
@click.option("--perfetto", "timeline", type=PATH, metavar="FILE", help="Write a timeline for ui.perfetto.dev.")
@output_options
def packets(run: Path, as_json: bool, **options: Any) -> None:
    """Ask a run about its packets; without options a summary, losses first.

    The tables and their columns are described in docs/reference/trace.md, and by --sql "DESCRIBE packets". Times ending in _q are
    quanta of 1/12 ns.

    Example: spinn2sim packets runs/yinyang-1 --where "kind = 'error' AND layer = 1" --by tick --top 5

    Example: spinn2sim packets runs/yinyang-1 --sql "SELECT sample, count(*) FROM spikes GROUP BY sample"
    """
    from spinn2sim.cli import packet_answers
    from spinn2sim.files.named_output import is_stdout

    given = {name for name, value in options.items() if value is not None}
    question = question_of(given)
    if given & {"sql", "where"} and click.get_current_context().obj == OWN_PROCESS:
        OwnProcess.is_so = True
    if options["csv"] is not None and is_stdout(options["csv"]):
        if as_json:
            raise click.UsageError("--csv to stdout and --json both want stdout: give one of them")
        out = io.BufferedWriter(HarmlessFile()) if sys.stdout.isatty() else sys.stdout.buffer
        packet_answers.print_csv(run, question, options, out)
        out.flush()
        return
    data, lines = packet_answers.answer(run, question, options)
    show(data, lines, as_json)


def question_of(given: set[str]) -> str:
    """Return the question that the options `given` ask, "" for the summary. Raises UsageError if they do not go together."""
    asked = [name for name in QUESTIONS if name in given]
    if len(asked) > 1:
        raise click.UsageError(f"{' and '.join(QUESTIONS[name] for name in asked)} are different questions: ask one")
    question = asked[0] if asked else ""
    beside = sorted(given - {question} - TAKES[question])
    if beside:
        allowed = ", ".join(f"--{name}" for name in sorted(TAKES[question])) or "--json alone"
        raise click.UsageError(f"{QUESTIONS[question]}: found --{beside[0]} beside it, allowed is {allowed}")
    return question
