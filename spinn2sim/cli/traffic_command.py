"""The command `traffic`, which measures the network's latency against its load."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spinn2sim import api
from spinn2sim.cli.command_options import PATH, output_options
from spinn2sim.cli.output import show
from spinn2sim.cli.progress_bar import ProgressBar
from spinn2sim.cli.traffic_text import traffic_csv, traffic_data, traffic_lines
from spinn2sim.errors import OutputError, quoted
from spinn2sim.hardware.engines.choice import COMPILED

if TYPE_CHECKING:
    from spinn2sim.hardware.traffic.board_patterns import BoardPattern
    from spinn2sim.hardware.traffic.patterns import Pattern
    from spinn2sim.hardware.traffic.study import Study

PATTERN_OPTIONS = ("fanout", "hot_pe", "hot_share", "on_us", "duty", "source")


def read_numbers(_context: click.Context, option: click.Parameter, text: str | None) -> list[float]:
    """Read the value of an option that lists numbers."""
    try:
        return [float(word) for word in text.split(",")] if text is not None else []
    except ValueError:
        raise click.BadParameter(
            f"found {quoted(text)}, allowed are numbers with commas between them", param=option
        ) from None


def _number(name: str, kind: type, default: float, text: str) -> Callable[..., Any]:
    return click.option(name, type=kind, default=default, show_default=True, help=text)


OPTIONS = (
    click.argument("what", metavar="FILE|PATTERN"),
    click.option("--loads", callback=read_numbers, metavar="A,B,...", help="PATTERN: packets/PE/us; default: to saturation."),
    click.option("--speeds", callback=read_numbers, metavar="A,B,...", help="FILE: how many times as fast; default 1."),
    _number("--fanout", int, 1, "Destinations of a packet (not with transpose)."),
    _number("--hot-pe", int, 101, "hotspot: the PE that many send to."),
    _number("--hot-share", float, 0.2, "hotspot: share of the packets."),
    _number("--on-us", float, 1.0, "burst: mean time that a PE is on."),
    _number("--duty", float, 0.25, "burst: share of the time that it is on."),
    click.option("--source", type=click.Choice(["bernoulli", "poisson"]), default="bernoulli", show_default=True),
    _number("--warmup-us", float, 10.0, "The sources send for so long before and after the window."),
    _number("--window-us", float, 40.0, "Packets sent in it are measured."),
    _number("--seed", int, 0, "The first seed."),
    _number("--seeds", int, 3, "Runs of each load, one per seed."),
    click.option("--csv", "csv_file", type=PATH, metavar="FILE|-", help="Write the table there."),
    click.option("--figure", type=PATH, metavar="FILE.png|svg", help="Draw latency and accepted load."),
    click.option("--faults", type=PATH, metavar="FILE", help="Dead parts: a board file, or a TOML file with [faults]."),
    click.option("--board", type=PATH, metavar="FILE", help="Several chips: a TOML file with a table [board], such as a scenario."),
    click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="A key of [board] or [faults]: board.shape=hexagon."),
    click.option("--engine", default=COMPILED, show_default=True, help="discrete_event needs no compiling."),
)  # fmt: skip


def traffic_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add all options, in their order, to a command."""
    for option in reversed(OPTIONS):
        function = option(function)
    return function


@dataclass(frozen=True)
class TrafficOptions:
    """The values of all options; `pattern` holds those of PATTERN_OPTIONS by name."""

    what: str
    loads: list[float]
    speeds: list[float]
    warmup_us: float
    window_us: float
    seed: int
    seeds: int
    csv_file: Path | None
    figure: Path | None
    engine: str
    faults: Path | None
    board: Path | None
    overrides: tuple[str, ...]
    pattern: dict[str, Any]


@click.command()
@traffic_options
@output_options
def traffic(as_json: bool, **options: Any) -> None:
    """Measure the network without neurons: latency against offered load.

    PATTERN is uniform, hotspot, transpose or burst; over the chips of a board uniform, neighbour or tornado. FILE is a packet list (CSV or
    Parquet: sent_q in 1/12 ns or time_us, src_pe, dst_pe such as 5 or 5;6;7, and if wanted flits, seq, kind) or a run directory with a
    packet trace, whose delivery times are compared.
    Packets go around dead parts of the chip, which --faults or --set names; those of a run are the run's.

    Example: spinn2sim traffic uniform --fanout 4 --figure uniform.png

    Example: spinn2sim traffic tornado --set board.shape=hexagon

    Example: spinn2sim traffic runs/yinyang-demo-1 --speeds 1,10,100
    """
    from spinn2sim.files.named_output import is_stdout

    pattern = {name: options.pop(name) for name in PATTERN_OPTIONS}
    prints_csv = options["csv_file"] is not None and is_stdout(options["csv_file"])
    if prints_csv and as_json:
        raise click.UsageError("--csv to stdout and --json both want stdout: give one of them")
    study = run_study(
        TrafficOptions(**options | {"csv_file": None if prints_csv else options["csv_file"]}, pattern=pattern)
    )
    if prints_csv:
        click.echo(traffic_csv(study), nl=False)
    else:
        show(traffic_data(study), traffic_lines(study), as_json)


def run_study(options: TrafficOptions) -> Study:
    """Run the study, and write the files that were asked for. Raises Spinn2simError subclasses."""
    from spinn2sim.files.named_output import write_named_text
    from spinn2sim.hardware.traffic.board_patterns import BOARD_PATTERNS
    from spinn2sim.hardware.traffic.load_sweep import Timing
    from spinn2sim.hardware.traffic.patterns import PATTERNS
    from spinn2sim.report.traffic_figure import check_figure, write_figure

    on_board = options.board is not None or any(text.startswith("board") for text in options.overrides)
    is_pattern = options.what in (BOARD_PATTERNS if on_board else (*PATTERNS, *BOARD_PATTERNS))
    if options.speeds if is_pattern else options.loads:
        raise click.UsageError("--loads goes with a PATTERN, --speeds with a FILE")
    if options.figure is not None:
        check_figure(options.figure)
    for file in (options.csv_file, options.figure):
        if file is not None and not file.parent.is_dir():
            raise OutputError(f"{file}: found no folder {file.parent}, allowed is one that is there")
    bar = ProgressBar()
    study = api.traffic(
        options.what, options.loads or options.speeds,
        pattern=_pattern(options, on_board) if is_pattern else None,
        timing=Timing(options.warmup_us, options.window_us) if is_pattern else None,
        seed=options.seed, seeds=options.seeds, engine=options.engine, watch=bar.watch("traffic", "load"),
        faults=options.faults, board=options.board, overrides=options.overrides,
    )  # fmt: skip
    bar.close()
    if options.csv_file is not None:
        write_named_text(options.csv_file, traffic_csv(study))
    if options.figure is not None:
        write_figure(options.figure, options.what, study.loads)
    return study


def _pattern(options: TrafficOptions, on_board: bool) -> Pattern | BoardPattern | None:
    """Return the pattern with its options; on a board only --source is one. Raises UsageError for the others."""
    from spinn2sim.hardware.traffic.board_patterns import BoardPattern
    from spinn2sim.hardware.traffic.patterns import PATTERNS, Pattern

    if not on_board:
        return Pattern(options.what, **options.pattern) if options.what in PATTERNS else None
    for name, value in options.pattern.items():
        if name != "source" and value != getattr(Pattern(), name):
            raise click.UsageError(f"--{name.replace('_', '-')}: goes with the patterns of one chip, not with a board")
    return BoardPattern(options.what, options.pattern["source"])
