"""The command `run`, which trains and tests on the simulated chip."""

from __future__ import annotations

from pathlib import Path

import click

from spinn2sim import api
from spinn2sim.cli.command_options import engine_option, need_scenario, refuse_beside_resume, run_options
from spinn2sim.cli.seeds_option import refuse_beside_seeds, seeds_options


@click.command()
@run_options
@seeds_options
@engine_option
def run(  # noqa: PLR0913 - click hands over every option
    scenario: Path | None,
    out: Path | None,
    resumed: Path | None,
    overrides: tuple[str, ...],
    engine: str,
    seeds: tuple[int, ...] | None,
    processes: int | None,
    fail_on_loss: bool,
    as_json: bool,
) -> None:
    """Train and test on the simulated chip. SCENARIO is a TOML file, or a name that `spinn2sim scenarios` lists.

    Example: spinn2sim run yinyang --set training.epochs=2 --set trace.packets=window

    Example: spinn2sim run yinyang --seeds 0..4
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
                found = api.resume_seeds(resumed, shown, engine, overrides, processes)
            finish_seeds(found, as_json, fail_on_loss)
        finish(api.resume(resumed, RunProgress(), engine, overrides, processes), as_json, fail_on_loss)
    scenario = need_scenario(scenario)
    if seeds is not None:
        with SeedsProgress() as shown:
            found = api.run(scenario, out, overrides, engine, shown, seeds=seeds, processes=processes)
        finish_seeds(found, as_json, fail_on_loss)
    finish(api.run(scenario, out, overrides, engine, RunProgress(), processes=processes), as_json, fail_on_loss)
