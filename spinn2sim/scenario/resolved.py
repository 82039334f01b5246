"""Writes a Scenario as TOML, including all defaults; loading it gives an equal Scenario."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from typing import Any

from spinn2sim.scenario.keys import Scenario
from spinn2sim.scenario.network_keys import Distribution

HEADER = "# Resolved by spinn2sim: every key with its value, defaults included. A key without a value is absent.\n"


def resolved_toml(scenario: Scenario) -> str:
    """Write a scenario as the text of scenario.toml in a run directory; `load` of it gives an equal Scenario."""
    return HEADER + "\n".join(_table(scenario, "")) + "\n"


def _table(table: Any, name: str) -> Iterator[str]:
    below = []
    for field in dataclasses.fields(table):
        value = getattr(table, field.name)
        if isinstance(value, tuple) and value and dataclasses.is_dataclass(value[0]):
            below += [(f"[[{field.name}]]", "", entry) for entry in value]
        elif dataclasses.is_dataclass(value) and not isinstance(value, Distribution):
            dotted = f"{name}.{field.name}".removeprefix(".")
            below.append((f"[{dotted}]", dotted, value))
        elif value is not None:
            yield f"{field.name} = {toml_value(value)}"
    for header, dotted, value in below:
        yield f"\n{header}"
        yield from _table(value, dotted)


def toml_value(value: object) -> str:
    """Write one TOML value. Numbers are written as Python's shortest text that reads back equal."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # TOML's basic strings are those of JSON, except for the DEL character.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Distribution):
        given = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        return f"{{{', '.join(f'{key} = {toml_value(entry)}' for key, entry in given.items() if entry is not None)}}}"
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(toml_value, value))}]"
    item = getattr(value, "item", None)  # of a number of numpy's, which Python code may have put there
    return repr(item() if callable(item) else value)
