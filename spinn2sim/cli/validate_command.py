"""The command `validate`, which compares the chip with the fixed-point mirror, bit for bit."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from spinn2sim import api
from spinn2sim.cli.command_options import PATH, overriding, reporting, simulating
from spinn2sim.cli.output import FAILED, announce_compiling, show
from spinn2sim.cli.progress_bar import ProgressBar


@click.command()
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
    announce_compiling()
    bar = ProgressBar()
    found = api.validate(scenario, batches, overrides, bar.watch("validate"), engine)
    bar.close()
    show({"holds": found.holds, **vars(found)}, validate_lines(found), as_json)
    sys.exit(0 if found.holds else FAILED)


def validate_lines(found: Any) -> Iterator[str]:
    """What was compared, whether it differs, and what was lost."""
    peaks = f", {found.peaks} highest voltages" if found.peaks else ""
    yield f"{found.batches} batches: {found.spikes} spikes{peaks} and {found.gradient_words} non-zero gradient words compared"
    what = f"spikes, D, adjoints at recorded spikes, {'highest voltages, ' if peaks else ''}gradients, weights"
    yield f"{what}: {'DIFFER' if found.differences else 'no difference'}"
    yield from (f"  {line}" for line in found.differences[:10])
    if not found.batches:
        yield "FAILED: the training samples make no whole batch, so nothing was compared"
    elif not found.spikes + found.peaks:
        yield "FAILED: the network is silent, so nothing was compared"
    elif not found.gradient_words:
        yield "FAILED: every gradient is zero, so the way back was not compared"
    if not found.losses:
        yield "nothing late, lost or saturated"
    yield from (f"LOST: {line}" for line in found.losses)
