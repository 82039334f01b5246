"""The command `keys`, which lists the keys of a scenario."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from spinn2sim.cli.command_options import output_options
from spinn2sim.cli.output import show

if TYPE_CHECKING:
    from spinn2sim.scenario.key_list import KeyEntry


@click.command()
@click.argument("prefix", default="")
@click.option("--json-schema", "as_schema", is_flag=True, help="Print a JSON schema of scenarios, for editors.")
@output_options
def keys(prefix: str, as_schema: bool, as_json: bool) -> None:
    """List the keys of a scenario with type, bounds, default, unit and meaning; with a PREFIX, those of that table, or that key.

    Example: spinn2sim keys network

    Example: spinn2sim keys --json-schema
    """
    from spinn2sim.scenario.key_list import json_schema, list_keys

    if as_schema:
        click.echo(json.dumps(json_schema(), indent=2))
        return
    entries = list_keys(prefix)
    show({"keys": [dataclasses.asdict(entry) for entry in entries]}, key_lines(entries), as_json)


def key_lines(entries: Iterable[KeyEntry]) -> Iterator[str]:
    """Yield two lines for each key: what it may be, and what it means."""
    for entry in entries:
        bounds = f" ({entry.bounds})" if entry.bounds else ""
        unit = f" in {entry.unit}" if entry.unit else ""
        yield f"{entry.key}: {entry.type}{bounds}{unit}; default: {entry.default}"
        yield f"    {entry.sentence}"
