"""The options of `spinn2sim traffic`, and what it does with them; it prints nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from spinn2sim.errors import OutputError
from spinn2sim.hardware.engines.choice import COMPILED

PATH = click.Path(path_type=Path)


def numbers(_context: click.Context, option: click.Parameter, text: str | None) -> list[float]:
    """The value of an option that lists numbers."""
    try:
        return [float(word) for word in text.split(",")] if text is not None else []
    except ValueError:
        raise click.BadParameter(
            f"found {text!r}, allowed are numbers with commas between them", param=option
        ) from None


def _number(name: str, kind: type, default: float, text: str) -> Callable[..., Any]:
    return click.option(name, type=kind, default=default, show_default=True, help=text)


OPTIONS = (
    click.argument("what", metavar="FILE|PATTERN"),
    click.option("--loads", callback=numbers, metavar="A,B,...", help="PATTERN: packets/PE/us; default: to saturation."),
    click.option("--speeds", callback=numbers, metavar="A,B,...", help="FILE: how many times as fast; default 1."),
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
    click.option("--csv", "csv_file", type=PATH, metavar="FILE", help="Write the table there."),
    click.option("--figure", type=PATH, metavar="FILE.png|svg", help="Draw latency and accepted load."),
    click.option("--engine", default=COMPILED, show_default=True, help="discrete_event needs no compiling (a minute, once)."),
)  # fmt: skip


def traffic_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """All options, in their order, on a command."""
    for option in reversed(OPTIONS):
        function = option(function)
    return function


def answer(
    what: str, loads: list[float], speeds: list[float], warmup_us: float, window_us: float, seed: int, seeds: int,
    csv_file: Path | None, figure: Path | None, engine: str, **pattern: Any,
) -> tuple[dict[str, Any], list[str]]:  # fmt: skip
    """Run, write the files that were asked for, and give the result as data and as lines. Raises Spinn2simError subclasses."""
    from spinn2sim.cli import traffic as table
    from spinn2sim.cli.progress import Progress
    from spinn2sim.files.atomic import write_text
    from spinn2sim.hardware.traffic.load_sweep import Timing
    from spinn2sim.hardware.traffic.patterns import PATTERNS, Pattern
    from spinn2sim.hardware.traffic.study import traffic
    from spinn2sim.report.traffic_figure import check_figure, write_figure

    is_pattern = what in PATTERNS
    if speeds if is_pattern else loads:
        raise click.UsageError("--loads goes with a PATTERN, --speeds with a FILE")
    if figure is not None:
        check_figure(figure)
    for file in (csv_file, figure):
        if file is not None and not file.parent.is_dir():
            raise OutputError(f"{file}: found no folder {file.parent}, allowed is one that is there")
    chosen, timing = (Pattern(what, **pattern), Timing(warmup_us, window_us)) if is_pattern else (None, None)
    progress = Progress()
    found = traffic(
        what, loads or speeds, pattern=chosen, timing=timing, seed=seed, seeds=seeds, engine=engine,
        watch=progress.bar("traffic", "load"),
    )  # fmt: skip
    progress.close()
    if csv_file is not None:
        write_text(csv_file, table.traffic_csv(found))
    if figure is not None:
        write_figure(figure, what, found.loads)
    return table.traffic_data(found), table.traffic_lines(found)
