"""The command `train`, which trains and tests on the mirror."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from spinn2sim import api
from spinn2sim.cli.command_options import need_scenario, refuse_beside_resume, run_options
from spinn2sim.cli.seeds_option import refuse_beside_seeds, seeds_options


@click.command()
@run_options
@seeds_options
@click.option("--arithmetic", type=click.Choice(["float64", "fixed"]), default="float64", show_default=True)
def train(  # noqa: PLR0913 - click hands over every option
    scenario: Path | None,
    out: Path | None,
    resumed: Path | None,
    overrides: tuple[str, ...],
    arithmetic: Any,
    seeds: tuple[int, ...] | None,
    processes: int | None,
    fail_on_loss: bool,
    as_json: bool,
) -> None:
    """Train and test on the off-chip mirror: the same equations, without packets. SCENARIO is a TOML file or a name, as of `run`.

    Example: spinn2sim train yinyang --arithmetic fixed --set seed=3

    Example: spinn2sim train yinyang --set training.validation_samples=500 --set training.keep=best

    Example: spinn2sim train yinyang --seeds 0..9
    """
    from spinn2sim.cli.run_progress import RunProgress
    from spinn2sim.cli.seeds_progress import SeedsProgress
    from spinn2sim.cli.seeds_text import finish_seeds
    from spinn2sim.cli.summary_text import finish
    from spinn2sim.trace.run_directory import is_several

    refuse_beside_seeds(seeds, processes, resumed)
    if resumed is not None:
        refuse_beside_resume(scenario, out)
        if is_several(resumed):
            with SeedsProgress() as shown:
                found = api.resume_seeds(resumed, shown, overrides=overrides, processes=processes)
            finish_seeds(found, as_json, fail_on_loss)
        finish(api.resume(resumed, RunProgress(), overrides=overrides), as_json, fail_on_loss)
    scenario = need_scenario(scenario)
    if seeds is not None:
        with SeedsProgress() as shown:
            found = api.train(scenario, out, overrides, arithmetic, shown, seeds=seeds, processes=processes)
        finish_seeds(found, as_json, fail_on_loss)
    finish(api.train(scenario, out, overrides, arithmetic, RunProgress()), as_json, fail_on_loss)
