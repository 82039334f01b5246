"""The command `validate`, which compares the chip with the fixed-point mirror, bit for bit."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from spinn2sim import api
from spinn2sim.cli.command_options import SCENARIO_PATH, engine_option, output_options, set_option
from spinn2sim.cli.output import FAILED, show
from spinn2sim.cli.progress_bar import ProgressBar

if TYPE_CHECKING:
    from spinn2sim.validation.validate_network import NetworkValidation
    from spinn2sim.validation.validate_scenario import Validation

MOST_SHOWN = 10


@click.command()
@click.argument("scenario", type=SCENARIO_PATH)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.option("--batches", default=20, show_default=True, type=click.IntRange(min=1))
@engine_option
@set_option
@output_options
def validate(
    scenario: Path, arguments: tuple[str, ...], batches: int, engine: str, overrides: tuple[str, ...], as_json: bool
) -> None:
    """Compare chip and fixed-point mirror, bit for bit, from the scenario's initial weights. Exit status 1 if anything differs.

    SCENARIO may be a run directory: its scenario is taken. It may also be a script for py-spinnaker2 (FILE.py, its arguments after --)
    or the run directory of one: then chip and mirror run its networks, and spikes and voltages are compared.

    Example: spinn2sim validate yinyang --batches 20
    """
    if scenario.suffix == ".py" and not scenario.is_dir():
        if overrides:
            raise click.UsageError(f"--set: found a script, {scenario}, allowed for keys is a scenario")
        _validate_script(scenario, arguments, engine, as_json)
    if arguments:
        raise click.UsageError(f"found {len(arguments)} more arguments, allowed beside a script alone")
    bar = ProgressBar()
    report = api.validate(scenario, batches, overrides, bar.watch("validate"), engine)
    bar.close()
    _show(report, as_json)


def _validate_script(script: Path, arguments: tuple[str, ...], engine: str, as_json: bool) -> NoReturn:
    """Validate a script's networks, and exit."""
    from spinn2sim.spinnaker2.validate_script import validate_script

    report, status = validate_script(script, arguments, engine)
    if status:
        click.echo(f"FAILED: the script ended with status {status}, after {report.runs} runs", err=True)
    _show(report, as_json, ended_well=not status)


def _show(report: Validation | NetworkValidation, as_json: bool, ended_well: bool = True) -> NoReturn:
    """Print what was compared, and exit."""
    from spinn2sim.validation.validate_scenario import Validation

    holds = report.holds and ended_well
    lines = validate_lines(report) if isinstance(report, Validation) else network_lines(report)
    show({"holds": holds, **vars(report)}, lines, as_json)
    sys.exit(0 if holds else FAILED)


def network_lines(report: NetworkValidation) -> Iterator[str]:
    """Yield what was compared of scripts' networks, whether it differs, and what was lost."""
    yield f"{report.runs} runs: {report.spikes} spikes and {report.voltages} voltages compared"
    yield from _difference_lines("spikes, voltages", report.differences)
    if not report.runs:
        yield "FAILED: the script runs no network, so nothing was compared"
    elif not report.spikes + report.voltages:
        yield "FAILED: no spike and no voltage is compared: the networks have spike lists alone, or are silent and too large"
    yield from _loss_lines(report.losses, "nothing late or lost")


def validate_lines(report: Validation) -> Iterator[str]:
    """Yield what was compared, whether it differs, and what was lost."""
    peaks = f", {report.peaks} output voltages" if report.peaks else ""
    yield f"{report.batches} batches: {report.spikes} spikes{peaks} and {report.gradient_words} non-zero gradient words compared"
    what = f"spikes, D, adjoints at recorded spikes, {'output voltages, ' if peaks else ''}gradients, weights"
    yield from _difference_lines(what, report.differences)
    if not report.batches:
        yield "FAILED: the training samples make no whole batch, so nothing was compared"
    elif not report.spikes + report.peaks:
        yield "FAILED: the network is silent, so nothing was compared"
    elif not report.gradient_words:
        yield "FAILED: every gradient is zero, so the way back was not compared"
    yield from _loss_lines(report.losses, "nothing late, lost or saturated")


def _difference_lines(what: str, differences: list[str]) -> Iterator[str]:
    yield f"{what}: {'DIFFER' if differences else 'no difference'}"
    yield from (f"  {line}" for line in differences[:MOST_SHOWN])


def _loss_lines(losses: list[str], nothing: str) -> Iterator[str]:
    if not losses:
        yield nothing
    yield from (f"LOST: {line}" for line in losses)
