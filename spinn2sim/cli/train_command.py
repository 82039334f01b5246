"""The command `train`, which trains and tests on the mirror."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from spinn2sim import api
from spinn2sim.cli.command_options import need_scenario, refuse_beside_resume, run_options


@click.command()
@run_options
@click.option("--arithmetic", type=click.Choice(["float64", "fixed"]), default="float64", show_default=True)
def train(
    scenario: Path | None,
    out: Path | None,
    resumed: Path | None,
    overrides: tuple[str, ...],
    arithmetic: Any,
    fail_on_loss: bool,
    as_json: bool,
) -> None:
    """Train and test on the off-chip mirror: the same equations, without packets. SCENARIO is a TOML file or a name, as of `run`.

    Example: spinn2sim train yinyang --arithmetic fixed --set seed=3

    Example: spinn2sim train yinyang --set training.validation_samples=500 --set training.keep=best
    """
    from spinn2sim.cli.run_progress import RunProgress
    from spinn2sim.cli.summary_text import finish

    if resumed is not None:
        refuse_beside_resume(scenario, out)
        finish(api.resume(resumed, RunProgress(), overrides=overrides), as_json, fail_on_loss)
    else:
        finish(api.train(need_scenario(scenario), out, overrides, arithmetic, RunProgress()), as_json, fail_on_loss)
