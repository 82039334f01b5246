"""The command `run`, which trains and tests on the simulated chip."""

from __future__ import annotations

from pathlib import Path

import click

from spinn2sim import api
from spinn2sim.cli.command_options import engine_option, need_scenario, refuse_beside_resume, run_options


@click.command()
@run_options
@engine_option
def run(
    scenario: Path | None,
    out: Path | None,
    resumed: Path | None,
    overrides: tuple[str, ...],
    engine: str,
    fail_on_loss: bool,
    as_json: bool,
) -> None:
    """Train and test on the simulated chip. SCENARIO is a TOML file, or a name that `spinn2sim scenarios` lists.

    Example: spinn2sim run yinyang --set training.epochs=2 --set trace.packets=window
    """
    from spinn2sim.cli.run_progress import RunProgress
    from spinn2sim.cli.summary_text import finish

    if resumed is not None:
        refuse_beside_resume(scenario, out)
        finish(api.resume(resumed, RunProgress(), engine, overrides), as_json, fail_on_loss)
    else:
        finish(api.run(need_scenario(scenario), out, overrides, engine, RunProgress()), as_json, fail_on_loss)
