"""What all commands share: how they are told where and how to answer, and how they answer; it computes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click

PATH = click.Path(path_type=Path)
Command = Callable[..., Any]
overriding = click.option(
    "--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change a scenario key; VALUE is TOML, else text."
)


def reporting(function: Command) -> Command:
    """Options of every command."""
    function = click.option("--json", "as_json", is_flag=True, help="Machine-readable output on stdout.")(function)
    return click.option("--debug", is_flag=True, expose_value=False, help="Show a traceback.")(function)


def show(data: dict[str, Any], lines: Iterable[str], as_json: bool) -> None:
    """A result on stdout, for a program or for a person. What JSON has no word for (a date that SQL gave) is a text."""
    click.echo(json.dumps(data, default=str) if as_json else "\n".join(lines))
