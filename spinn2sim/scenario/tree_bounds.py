"""Limits on the tables of a scenario, whatever their keys, checked before they are processed recursively."""

from __future__ import annotations

import math

from spinn2sim.errors import ScenarioError

MOST_LEVELS, MOST_VALUES, LONGEST_TEXT = 8, 200_000, 20_000
LARGEST_INTEGER = (1 << 63) - 1


def refuse_unbounded(tree: object, file: str) -> None:
    """Raise ScenarioError for tables that are nested too deeply or too large, and for a number or string that no key could take."""
    waiting: list[tuple[str, object, int]] = [("", tree, 0)]
    values = 0
    while waiting:
        key, value, level = waiting.pop()
        values += 1
        if level > MOST_LEVELS:
            raise ScenarioError(f"{file}: {key:.80}: found {level} levels of nesting, allowed are {MOST_LEVELS}")
        if values > MOST_VALUES:
            raise ScenarioError(f"{file}: found more than {MOST_VALUES} values")
        if isinstance(value, dict):
            waiting += [(f"{key}.{name}".removeprefix("."), entry, level + 1) for name, entry in value.items()]
        elif isinstance(value, list | tuple):
            waiting += [(key, entry, level + 1) for entry in value]
        elif isinstance(value, int) and abs(value) > LARGEST_INTEGER:
            raise ScenarioError(f"{file}: {key}: found an integer beyond 64 bits")
        elif isinstance(value, float) and not math.isfinite(value):
            raise ScenarioError(f"{file}: {key}: found {value}, allowed is a finite number")
        elif isinstance(value, str) and len(value) > LONGEST_TEXT:
            raise ScenarioError(f"{file}: {key}: found a text of {len(value)} characters, allowed are {LONGEST_TEXT}")
