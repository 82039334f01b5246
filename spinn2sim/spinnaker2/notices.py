"""Notices to the author of a script, each given once in a process."""

from __future__ import annotations

import warnings

from spinn2sim.errors import ScriptNotice, harmless, shortened

_said: set[str] = set()


def notice(text: str) -> None:
    """Warn of something that the author of a script may not expect, once."""
    if text not in _said:
        _said.add(text)
        warnings.warn(shortened(harmless(text)), ScriptNotice, stacklevel=2)


def forget() -> None:
    """Give every notice again."""
    _said.clear()
