"""The command `scenarios`, which lists what can be run by name."""

from __future__ import annotations

import click

from spinn2sim.cli.command_options import output_options
from spinn2sim.cli.output import show
from spinn2sim.errors import ScenarioError


@click.command()
@click.argument("name", required=False)
@output_options
def scenarios(name: str | None, as_json: bool) -> None:
    """List the scenarios that come with the project, which every command takes by name; with a NAME, print that one's text.

    Example: spinn2sim scenarios

    Example: spinn2sim scenarios yinyang
    """
    from spinn2sim.scenario.shipped import closest_first, describe_shipped, shipped_names, shipped_text

    names = shipped_names()
    if name is not None:
        if name not in names:
            near = ", ".join(closest_first(name, names)[:5])
            raise ScenarioError(
                f"{name}: found no shipped scenario of this name, allowed is one of them, such as {near}"
            )
        text = shipped_text(name)
        show({"name": name, "text": text}, text.splitlines(), as_json)
        return
    described = {one: describe_shipped(one) for one in names}
    width = max(map(len, described))
    show({"scenarios": described}, (f"{one:<{width}}  {said[:200]}" for one, said in described.items()), as_json)
