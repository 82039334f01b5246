"""How a command answers: its result on stdout, and its exit status."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import click

# Exit statuses beside 0: the answer is no, the command was used wrongly, Ctrl-C (`cli.signals` has those of other signals).
FAILED, WRONG_USE, INTERRUPTED = 1, 2, 130


def show(data: dict[str, Any], lines: Iterable[str], as_json: bool) -> None:
    """Print a result, for a program or for a person. What JSON has no word for (a date that SQL gave) becomes a text."""
    click.echo(json.dumps(data, default=str) if as_json else "\n".join(lines))


def announce_compiling() -> None:
    """Say that compiling begins, at the moment when it does, since it makes a first run slow to start."""
    from firmware_models.jit.compiler import compile_clock

    compile_clock.begun = lambda: click.echo(
        "compiling the programs and the engine: once; kept for later runs", err=True
    )
