"""What all commands do with a result: print it on stdout as text or JSON; and their exit statuses."""

from __future__ import annotations

import codecs
import io
import json
import os
import sys
from collections.abc import Iterable
from typing import Any

import click

from spinn2sim.errors import harmless, shortened

# Exit statuses besides 0: a check failed, the command was used wrongly, --fail-on-loss, Ctrl-C (`cli.signals` has other signals).
FAILED, WRONG_USE, LOST, INTERRUPTED = 1, 2, 3, 130
# By the first word of a line: what is wrong, what to look at, and what is well.
COLOURS = {
    "LOST": "red", "FAILED": "red", "REFUSED": "red", "BROKEN": "red", "spinn2sim:": "red", "SHORT": "yellow", "WARNING": "yellow",
    "LEFT OUT": "yellow", "complete": "green",
}  # fmt: skip
# The object of Click's context if a command has the process to itself, and may limit it.
OWN_PROCESS = "own process"


def show(data: dict[str, Any], lines: Iterable[str], as_json: bool) -> None:
    """Print a result, `data` as JSON or else `lines`. A value that JSON cannot hold, such as a date from SQL, becomes a string."""
    click.echo(json.dumps(data, default=str) if as_json else "\n".join(coloured(harmless(line)) for line in lines))


def coloured(line: str, err: bool = False) -> str:
    """Return a line in the colour of what it begins with, where there is a terminal that shows colours; NO_COLOR turns them off."""
    stream = sys.stderr if err else sys.stdout
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not stream.isatty():
        return line
    found = next((colour for start, colour in COLOURS.items() if line.lstrip().startswith(start)), None)
    return line if found is None else click.style(line, fg=found)


class HarmlessFile(io.RawIOBase):
    """Stdout as a file of bytes for a terminal, with escapes for characters that it may act on."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: Any, /) -> int:
        """Write UTF-8."""
        text = self._decoder.decode(bytes(data))
        click.echo("\n".join(map(harmless, text.split("\n"))), nl=False)
        return len(data)


def one_line(text: str) -> str:
    """Return a message as one short line that no terminal takes for anything else."""
    return shortened(harmless(" ".join(text.split())))
