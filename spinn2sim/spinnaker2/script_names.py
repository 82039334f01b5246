"""The names of populations, projections and networks, which scripts may give as anything."""

from __future__ import annotations

from typing import Any

from spinn2sim.errors import ScriptError, quoted


def as_text(name: Any) -> str:
    """Return a name as a text: a number as Python writes it."""
    return name if isinstance(name, str) else quoted(name)


def need_text(name: Any, what: str) -> None:
    """Raise ScriptError for a name that was changed to something else than a text."""
    if not isinstance(name, str):
        raise ScriptError(f"{what}: name: found {quoted(name)}, allowed is a text")
