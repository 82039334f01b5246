"""Writes a Scenario as TOML, including all defaults; loading it gives an equal Scenario."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from typing import Any

from spinn2sim.scenario.keys import Scenario

HEADER = "# Resolved by spinn2sim: every key with its value, defaults included. A key without a value is absent.\n"


def resolved_toml(scenario: Scenario) -> str:
    """Write a scenario as the text of scenario.toml in a run directory; `load` of it gives an equal Scenario."""
    return HEADER + "\n".join(_table(scenario, "")) + "\n"


def _table(table: Any, name: str) -> Iterator[str]:
    below = []
    for field in dataclasses.fields(table):
        value = getattr(table, field.name)
        if dataclasses.is_dataclass(value):
            below.append((f"{name}.{field.name}".removeprefix("."), value))
        elif value is not None:
            yield f"{field.name} = {_value(value)}"
    for dotted, value in below:
        yield f"\n[{dotted}]"
        yield from _table(value, dotted)


def _value(value: object) -> str:
    """Write one TOML value. Numbers are written as Python's shortest text that reads back equal."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # TOML's basic strings are those of JSON, except for the DEL character.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, tuple):
        return f"[{', '.join(map(_value, value))}]"
    return repr(value)
