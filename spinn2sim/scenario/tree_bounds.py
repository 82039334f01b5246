"""Limits on the text of a scenario and on its tables, whatever their keys, checked before they are parsed or processed recursively."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from spinn2sim.errors import ScenarioError

MOST_BYTES = 1 << 20  # of a text
MOST_LEVELS, MOST_VALUES, LONGEST_TEXT = 8, 200_000, 20_000
LARGEST_INTEGER = (1 << 63) - 1
# Parts of a dotted key. The time and the memory that tomllib takes for a key grow with the square of their number.
MOST_PARTS = 32
LONG_KEY = re.compile(r"""(?<![\w-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*)""" + f"{{{MOST_PARTS}}}")


def refuse_long_text(text: str, file: str) -> None:
    """Raise ScenarioError for a text that takes long to parse, since it is long, or a key in it has many parts."""
    if len(text) > MOST_BYTES:
        raise ScenarioError(f"{file}: found {len(text):,} characters, allowed are {MOST_BYTES:,} in a TOML file")
    found = LONG_KEY.search(text)
    if found is not None:
        line = text.count("\n", 0, found.start()) + 1
        raise ScenarioError(
            f"{file}: line {line}: found a key of more than {MOST_PARTS} levels of nesting, allowed are {MOST_LEVELS}"
        )


def refuse_unbounded(tree: object, file: str) -> None:
    """Raise ScenarioError for tables that are nested too deeply or too large, and for a number or string that no key could take."""
    waiting: list[tuple[str, object, int]] = [("", tree, 0)]
    values = 0
    while waiting:
        key, value, level = waiting.pop()
        where = f"{file}: {key:.80}"
        if level > MOST_LEVELS:
            raise ScenarioError(
                f"{where}: found {level} levels of nesting, allowed are {MOST_LEVELS}: nested too deeply"
            )
        if isinstance(value, Mapping | list | tuple):
            values += len(value)
            if values > MOST_VALUES:
                raise ScenarioError(f"{where}: found more than {MOST_VALUES} values")
            entries = value.items() if isinstance(value, Mapping) else (("", entry) for entry in value)
            waiting += [(f"{key}.{name}".strip("."), entry, level + 1) for name, entry in entries]
        elif isinstance(value, int) and abs(value) > LARGEST_INTEGER:
            raise ScenarioError(f"{where}: found an integer beyond 64 bits")
        elif isinstance(value, float) and not math.isfinite(value):
            raise ScenarioError(f"{where}: found {value}, allowed is a finite number")
        elif isinstance(value, str) and len(value) > LONGEST_TEXT:
            raise ScenarioError(f"{where}: found a text of {len(value)} characters, allowed are {LONGEST_TEXT}")
