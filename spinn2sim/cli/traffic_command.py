"""The command `traffic`, which measures the network's latency against its load."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spinn2sim import api
from spinn2sim.cli.command_options import PATH, output_options
from spinn2sim.cli.output import show
from spinn2sim.cli.progress_bar import ProgressBar
from spinn2sim.errors import OutputError, quoted
from spinn2sim.hardware.engines.choice import COMPILED
from spinn2sim.hardware.facts import NOC_MHZ

if TYPE_CHECKING:
    from spinn2sim.hardware.traffic.load_sweep import LoadPoint
    from spinn2sim.hardware.traffic.patterns import Pattern
    from spinn2sim.hardware.traffic.study import Study

COLUMNS = (
    "load", "offered", "accepted", "flits_per_cycle", "mean_ns", "mean_ns_least", "mean_ns_most", "median_ns", "p99_ns", "max_ns",
    "queued_ns", "hops", "busiest_channel", "channel_busy", "router_busy", "saturated",
)  # fmt: skip
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
    click.option("--set", "overrides", multiple=True, metavar="faults.KEY=VALUE", help="A key of [faults]."),
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
    overrides: tuple[str, ...]
    pattern: dict[str, Any]


@click.command()
@traffic_options
@output_options
def traffic(as_json: bool, **options: Any) -> None:
    """Measure the network without neurons: latency against offered load.

    PATTERN is uniform, hotspot, transpose or burst. FILE is a packet list (CSV or Parquet: sent_q in 1/12 ns or time_us, src_pe, dst_pe
    such as 5 or 5;6;7, and if wanted flits, seq, kind) or a run directory with a packet trace, whose delivery times are compared.
    Packets go around dead parts of the chip, which --faults or --set names; those of a run are the run's.

    Example: spinn2sim traffic uniform --fanout 4 --figure uniform.png

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
    from spinn2sim.hardware.traffic.load_sweep import Timing
    from spinn2sim.hardware.traffic.patterns import PATTERNS, Pattern
    from spinn2sim.report.traffic_figure import check_figure, write_figure

    is_pattern = options.what in PATTERNS
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
        pattern=Pattern(options.what, **options.pattern) if is_pattern else None,
        timing=Timing(options.warmup_us, options.window_us) if is_pattern else None,
        seed=options.seed, seeds=options.seeds, engine=options.engine, watch=bar.watch("traffic", "load"),
        faults=options.faults, overrides=options.overrides,
    )  # fmt: skip
    bar.close()
    if options.csv_file is not None:
        write_named_text(options.csv_file, traffic_csv(study))
    if options.figure is not None:
        write_figure(options.figure, options.what, study.loads)
    return study


def table_row(load: LoadPoint) -> dict[str, Any]:
    """Return the table row of one load: means over the seeds, except for `max_ns`, which is the largest of all."""
    row: dict[str, Any] = {
        name: load.mean(name) for name in COLUMNS if hasattr(load.runs[0], name) and name != "busiest_channel"
    }
    least, most = load.spread("mean_ns")
    row |= {"load": load.load, "mean_ns_least": least, "mean_ns_most": most, "max_ns": load.spread("max_ns")[1]}
    row |= {"busiest_channel": load.busiest_channel, "saturated": load.saturated}
    return {name: row[name] for name in COLUMNS}


def traffic_data(study: Study) -> dict[str, Any]:
    """Return the study for --json: rows as in the table, each with its runs."""
    from spinn2sim.hardware.mapped_around import mapped_around

    below, above = study.saturation
    return {
        "traffic": study.what,
        "engine": study.engine,
        "pattern": asdict(study.pattern) if study.pattern else None,
        "timing": asdict(study.timing) if study.timing else None,
        "seeds": list(study.seeds),
        "silent_pes": study.silent,
        "units": {"load": "packets/PE/us" if study.pattern else "times as fast", "offered": "packets/PE/us",
                  "accepted": "packets/PE/us", "flits_per_cycle": f"flits/PE/cycle of {NOC_MHZ} MHz", "*_ns": "ns"},
        "rule": _rules()[0],
        "loads": [{**table_row(load), "runs": [asdict(run) for run in load.runs]} for load in study.loads],
        "saturation": {"not_yet": below, "saturated": above},
        **({"mapped_around": mapped_around(study.dead)} if study.dead else {}),
        "deliveries_compared": study.compared,
        "deliveries_differing": study.differing,
    }  # fmt: skip


def traffic_csv(study: Study) -> str:
    """Return the table as CSV, with a header and a row for each load."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(table_row(load) for load in study.loads)
    return text.getvalue()


def traffic_lines(study: Study) -> list[str]:
    """Return the study as a table, with an explanation of its columns."""
    load, seeds = ("load", "(over seeds)") if study.pattern else ("speed", "")
    lines = [
        _title(study),
        *_notes(study),
        "",
        f"{load:>7} {'offered':>8} {'accepted':>8} {'flits/PE':>8}  {'mean':>9} {seeds:>19} {'median':>9} {'p99':>9} {'max':>9}  router",
        f"{'':7} {'packets/PE/us':>17} {'/cycle':>8}  {'ns':>9} {'ns':>19} {'ns':>9} {'ns':>9} {'ns':>9}    busy  busiest channel",
    ]
    lines += [_line(load) for load in study.loads]
    return [*lines, "", _saturation(study), *_rules()]


def _rules() -> tuple[str, ...]:
    """Explain the columns of the table; the first line says when a load counts as saturated."""
    from spinn2sim.hardware.traffic.load_sweep import BUSY_SHARE
    from spinn2sim.hardware.traffic.measured_latency import ACCEPTED_SHARE

    return (
        f"saturated: fewer than {ACCEPTED_SHARE:.0%} of the flits due from the window's packets were delivered in it (of any packets), "
        f"packets wait longer than they travel, and a channel or the event router is busy for {BUSY_SHARE:.0%} of the time or more",
        "offered: packets per sending PE and us, sent in the window (of a list: from its first packet to its last); accepted: the share of "
        "them that arrived in it, by whatever packets",
        "latency: from a packet's sending to each of its deliveries, for the packets sent in the window; waits are part of it",
        "busy: share of the whole run, from the first sending to the last delivery",
    )


def _title(study: Study) -> str:
    if study.pattern is None or study.timing is None:
        return f"{study.what}: every packet of the list, engine {study.engine}"
    timing, seeds = study.timing, study.seeds
    return (
        f"{_described(study.pattern)}; {study.pattern.source} sources, open loop; warm-up {timing.warmup_us:g} us, window "
        f"{timing.window_us:g} us, sources go on {timing.warmup_us:g} us; seeds {seeds[0]}..{seeds[-1]}; engine {study.engine}"
    )


def _described(pattern: Pattern) -> str:
    from spinn2sim.hardware.traffic.patterns import BURST, HOTSPOT

    text = pattern.name if pattern.fanout == 1 else f"{pattern.name}, {pattern.fanout} destinations a packet"
    if pattern.name == HOTSPOT:
        text += f", {pattern.hot_share:.0%} to PE {pattern.hot_pe}"
    if pattern.name == BURST:
        text += f", on for {pattern.on_us:g} us and {pattern.duty:.0%} of the time on average"
    return text


def _notes(study: Study) -> list[str]:
    from spinn2sim.hardware.mapped_around import mapped_around_text
    from spinn2sim.hardware.traffic.patterns import TRANSPOSE

    around = [f"mapped around {mapped_around_text(study.dead)}"] if study.dead else []
    return [*around, *_notes_on_packets(study, study.pattern is not None and study.pattern.name == TRANSPOSE)]


def _notes_on_packets(study: Study, transposed: bool) -> list[str]:
    if study.pattern and transposed:
        sending = len(study.pattern.senders(study.dead))
        return [
            f"{sending} PEs send; {study.silent} do not: their quad with x and y exchanged is their own, or holds no application PEs"
        ]
    if study.compared:
        told = "none" if not study.differing else str(study.differing)
        return [f"deliveries at another time than the file says: {told} of {study.compared}"]
    return []


def _line(load: LoadPoint) -> str:
    row = table_row(load)
    spread = f"({row['mean_ns_least']:.1f}..{row['mean_ns_most']:.1f})" if len(load.runs) > 1 else ""
    rates = f"{row['load']:7.4g} {row['offered']:8.4g} {row['accepted']:8.4g} {row['flits_per_cycle']:8.3g}"
    latency = f"{row['mean_ns']:9.1f} {spread:>19} {row['median_ns']:9.1f} {row['p99_ns']:9.1f} {row['max_ns']:9.1f}"
    busy = f"{row['router_busy']:6.1%}  {row['busiest_channel']} {row['channel_busy']:.1%}"
    return f"{rates}  {latency}  {busy}{'  saturated' if row['saturated'] else ''}"


def _saturation(study: Study) -> str:
    below, above = study.saturation
    if above is None:
        if below is None:
            return "no load"
        hint = "" if study.pattern else "; bursts wait all the same: compare mean and max"
        return f"not saturated at {below:.4g} packets/PE/us, the highest load here{hint}"
    if below is None:
        return f"saturated at {above:.4g} packets/PE/us, the smallest load"
    return f"saturates between {below:.4g} and {above:.4g} packets/PE/us"
