"""The command line: the only printer. Results go to stdout, progress to stderr; every refusal is one line and exit status 2."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from spinn2sim import __version__
from spinn2sim.cli.exchange_command import export_command, import_command
from spinn2sim.cli.options import PATH, overriding, reporting, show
from spinn2sim.cli.packets_command import packets
from spinn2sim.cli.report_command import report
from spinn2sim.cli.reproduce_command import reproduce
from spinn2sim.cli.sweep_command import sweep
from spinn2sim.cli.traffic_command import traffic_options
from spinn2sim.errors import Spinn2simError
from spinn2sim.hardware.engines.choice import ENGINES

FAILED, WRONG_USE, INTERRUPTED = 1, 2, 130
Command = Callable[..., Any]
simulating = click.option(
    "--engine", default=ENGINES[0], show_default=True, help=f"{' or '.join(ENGINES)}: one answer, other speed."
)


def writing(function: Command) -> Command:
    """Options of the commands that write a run directory."""
    resumed = click.option("--resume", "resumed", type=PATH, metavar="DIR", help="Go on with an interrupted run.")
    out = click.option("--out", type=PATH, metavar="DIR", help="Run directory, new or empty; default runs/NAME-N.")
    return click.argument("scenario", required=False, type=PATH)(out(resumed(overriding(reporting(function)))))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="spinn2sim")
def commands() -> None:
    """Simulate a SpiNNaker2-style chip that trains spiking networks on itself.

    Example: spinn2sim run scenarios/yinyang-demo.toml
    """


@commands.command()
@writing
@simulating
def run(
    scenario: Path | None,
    out: Path | None,
    resumed: Path | None,
    overrides: tuple[str, ...],
    engine: str,
    as_json: bool,
) -> None:
    """Train and test on the simulated chip.

    Example: spinn2sim run scenarios/yinyang.toml --set training.epochs=2 --set trace.packets=window
    """
    from spinn2sim import api
    from spinn2sim.cli.progress import Progress

    say_compiling()
    if resumed is not None:
        refuse_beside_resume(scenario, out, overrides)
        finished(api.resume(resumed, Progress()), as_json)
    else:
        finished(api.run(needed(scenario), out, overrides, engine, Progress()), as_json)


@commands.command()
@writing
@click.option("--arithmetic", type=click.Choice(["float64", "fixed"]), default="float64", show_default=True)
def train(
    scenario: Path | None,
    out: Path | None,
    resumed: Path | None,
    overrides: tuple[str, ...],
    arithmetic: Any,
    as_json: bool,
) -> None:
    """Train and test on the off-chip mirror: the same equations, without packets.

    Example: spinn2sim train scenarios/yinyang.toml --arithmetic fixed --set seed=3

    Example: spinn2sim train scenarios/yinyang.toml --set training.validation_samples=500 --set training.keep=best
    """
    from spinn2sim import api
    from spinn2sim.cli.progress import Progress

    if resumed is not None:
        refuse_beside_resume(scenario, out, overrides)
        finished(api.resume(resumed, Progress()), as_json)
    else:
        finished(api.train(needed(scenario), out, overrides, arithmetic, Progress()), as_json)


@commands.command()
@click.argument("scenario", type=PATH)
@click.option("--batches", default=20, show_default=True, type=click.IntRange(min=1))
@simulating
@overriding
@reporting
def validate(scenario: Path, batches: int, engine: str, overrides: tuple[str, ...], as_json: bool) -> None:
    """Chip against fixed-point mirror, bit for bit, from the scenario's initial weights. Exit status 1 if anything differs.

    SCENARIO may be a run directory: its scenario is taken.

    Example: spinn2sim validate scenarios/yinyang.toml --batches 20
    """
    from spinn2sim.cli.progress import Progress
    from spinn2sim.cli.summary import validate_lines
    from spinn2sim.validation.validate_scenario import validate_scenario

    say_compiling()
    progress = Progress()
    found = validate_scenario(scenario, batches, overrides, progress.bar("validate"), engine)
    progress.close()
    show({"holds": found.holds, **vars(found)}, validate_lines(found), as_json)
    sys.exit(0 if found.holds else FAILED)


@commands.command()
@click.argument("case", type=PATH)
@click.option("--arithmetic", type=click.Choice(["float64", "fixed"]), default="float64", show_default=True)
@click.option("--min-spike-agreement", "agreement", type=click.FloatRange(0, 1), help="fixed: exit 1 below.")
@click.option("--min-gradient-cosine", "cosine", type=click.FloatRange(-1, 1), help="fixed: exit 1 below.")
@overriding
@reporting
def check(
    case: Path,
    arithmetic: str,
    agreement: float | None,
    cosine: float | None,
    overrides: tuple[str, ...],
    as_json: bool,
) -> None:
    """A reference case: float64 on the mirror, fixed on the simulated chip.

    Example: spinn2sim check tests/fixtures/golden/08_4-20-20-3_T50_B4.npz --arithmetic fixed
    """
    from spinn2sim.cli.check import describe
    from spinn2sim.validation.check_case import check_case

    if arithmetic == "float64" and (agreement is not None or cosine is not None or overrides):
        raise click.UsageError("--min-spike-agreement, --min-gradient-cosine and --set go with --arithmetic fixed")
    if arithmetic == "fixed":
        say_compiling()
    lines, data, holds = describe(check_case(case, arithmetic, overrides), agreement, cosine)
    data = {"case": str(case), "arithmetic": arithmetic, "holds": holds, **data}
    show(data, [f"{case} ({arithmetic})", *lines], as_json)
    sys.exit(0 if holds else FAILED)


@commands.command()
@click.argument("first", type=PATH, metavar="RUN_A")
@click.argument("second", type=PATH, metavar="RUN_B")
@reporting
def diff(first: Path, second: Path, as_json: bool) -> None:
    """The first packet at which two runs part, with its path, then weights and metrics. Exit status 1 if anything differs.

    Example: spinn2sim diff runs/yinyang-1 runs/yinyang-2
    """
    from spinn2sim.report.diff import diff as compare

    lines = compare(first, second)
    show({"same": not lines, "differences": lines}, lines or ["the runs agree"], as_json)
    sys.exit(FAILED if lines else 0)


@commands.command()
@traffic_options
@reporting
def traffic(as_json: bool, **options: Any) -> None:
    """The network without neurons: latency against offered load.

    PATTERN is uniform, hotspot, transpose or burst. FILE is a packet list (CSV or Parquet: sent_q in 1/12 ns or time_us, src_pe, dst_pe
    such as 5 or 5;6;7, and if wanted flits, seq, kind) or a run directory with a packet trace, whose delivery times are compared.

    Example: spinn2sim traffic uniform --fanout 4 --figure uniform.png

    Example: spinn2sim traffic runs/yinyang-demo-1 --speeds 1,10,100
    """
    from spinn2sim.cli.traffic_command import answer

    data, lines = answer(**options)
    show(data, lines, as_json)


@commands.command("map")
@click.argument("scenario", type=PATH)
@overriding
@reporting
def map_command(scenario: Path, overrides: tuple[str, ...], as_json: bool) -> None:
    """Placement, keys, routing entries, SRAM per PE and tick periods, without a run.

    Example: spinn2sim map scenarios/yinyang.toml --set mapping.neurons_per_pe=40
    """
    from spinn2sim.cli.summary import map_lines
    from spinn2sim.training.plan_of_scenario import map_scenario, plan_data

    data = plan_data(map_scenario(scenario, overrides))
    show(data, map_lines(data), as_json)


@commands.command()
@reporting
def chip(as_json: bool) -> None:
    """The modelled chip: facts with their sources, and what is assumed.

    Example: spinn2sim chip --json
    """
    from firmware_models.cost import REASONS
    from spinn2sim.cli.chip_text import chip_data, chip_lines
    from spinn2sim.scenario.keys import CycleCosts

    costs = vars(CycleCosts())
    data = {**chip_data(), "cycles": {k: {"cycles": v, "reason": REASONS[k]} for k, v in costs.items()}}
    lines = [*chip_lines(), "", "Core cycles per operation [chip.cycles.NAME]"]
    show(data, [*lines, *(f"  ! {name:<17} {value:4d}  {REASONS[name]}" for name, value in costs.items())], as_json)


commands.add_command(packets)
commands.add_command(report)
commands.add_command(export_command)
commands.add_command(import_command)
commands.add_command(sweep)
commands.add_command(reproduce)


def needed(scenario: Path | None) -> Path:
    """A scenario must be named where no run is resumed."""
    if scenario is None:
        raise click.UsageError("give a SCENARIO, or --resume DIR")
    return scenario


def refuse_beside_resume(scenario: Path | None, out: Path | None, overrides: tuple[str, ...]) -> None:
    """A run goes on as it was begun."""
    if scenario is not None or out is not None or overrides:
        raise click.UsageError("--resume goes on with a run as it was begun: no SCENARIO, --out or --set beside it")


def say_compiling() -> None:
    """A first run is slow to start: say why, at the moment when it is so."""
    from firmware_models.jit.compiler import compile_clock

    compile_clock.begun = lambda: click.echo(
        "compiling the programs and the engine: once, less than a minute; kept for later runs", err=True
    )


def finished(found: Any, as_json: bool) -> None:
    """The end of run and train."""
    from spinn2sim.cli.summary import summary_lines

    summary = found.summary
    show({"run": str(found.folder), **summary}, summary_lines(found.folder, summary), as_json)
    sys.exit(0 if summary["status"] == "complete" else INTERRUPTED)


def main() -> None:
    """Entry point: one line and an exit status for all that can go wrong; a traceback only with --debug."""
    try:
        commands(standalone_mode=False)
    except (KeyboardInterrupt, click.Abort):
        end("interrupted", INTERRUPTED)
    except click.ClickException as error:
        end(error.format_message(), WRONG_USE)
    except Spinn2simError as error:
        end(str(error), error.exit_status)
    except OSError as error:
        end(f"{error.filename or 'input or output'}: {error.strerror or error}", WRONG_USE)


def end(text: str, status: int) -> None:
    """The last line of a command that could not do what was asked; before it, with --debug, where it came from."""
    if "--debug" in sys.argv:
        traceback.print_exc()
    click.echo(f"spinn2sim: {' '.join(text.split())}", err=True)
    sys.exit(status)
