"""The command `validate`, which compares the chip with the fixed-point mirror, bit for bit."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spinn2sim import api
from spinn2sim.cli.command_options import PATH, engine_option, output_options, set_option
from spinn2sim.cli.output import FAILED, announce_compiling, show
from spinn2sim.cli.progress_bar import ProgressBar

if TYPE_CHECKING:
    from spinn2sim.validation.validate_scenario import Validation


@click.command()
@click.argument("scenario", type=PATH)
@click.option("--batches", default=20, show_default=True, type=click.IntRange(min=1))
@engine_option
@set_option
@output_options
def validate(scenario: Path, batches: int, engine: str, overrides: tuple[str, ...], as_json: bool) -> None:
    """Compare chip and fixed-point mirror, bit for bit, from the scenario's initial weights. Exit status 1 if anything differs.

    SCENARIO may be a run directory: its scenario is taken.

    Example: spinn2sim validate scenarios/yinyang.toml --batches 20
    """
    announce_compiling()
    bar = ProgressBar()
    report = api.validate(scenario, batches, overrides, bar.watch("validate"), engine)
    bar.close()
    show({"holds": report.holds, **vars(report)}, validate_lines(report), as_json)
    sys.exit(0 if report.holds else FAILED)


def validate_lines(report: Validation) -> Iterator[str]:
    """Yield what was compared, whether it differs, and what was lost."""
    peaks = f", {report.peaks} output voltages" if report.peaks else ""
    yield f"{report.batches} batches: {report.spikes} spikes{peaks} and {report.gradient_words} non-zero gradient words compared"
    what = f"spikes, D, adjoints at recorded spikes, {'output voltages, ' if peaks else ''}gradients, weights"
    yield f"{what}: {'DIFFER' if report.differences else 'no difference'}"
    yield from (f"  {line}" for line in report.differences[:10])
    if not report.batches:
        yield "FAILED: the training samples make no whole batch, so nothing was compared"
    elif not report.spikes + report.peaks:
        yield "FAILED: the network is silent, so nothing was compared"
    elif not report.gradient_words:
        yield "FAILED: every gradient is zero, so the way back was not compared"
    if not report.losses:
        yield "nothing late, lost or saturated"
    yield from (f"LOST: {line}" for line in report.losses)
