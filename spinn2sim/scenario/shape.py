"""Checks the shape of a scenario's tables: keys that exist, and values that both TOML and JSON can hold."""

from __future__ import annotations

import dataclasses
import difflib
import math
from collections.abc import Iterable
from functools import cache
from pathlib import PurePath
from typing import Any, get_type_hints

import numpy as np

from spinn2sim.errors import ScenarioError
from spinn2sim.scenario.keys import Scenario


@cache
def key_tree(table: type = Scenario) -> dict[str, Any]:
    """Return every allowed key: a nested dict with None at the leaves, which is not to be changed, since it is made once."""
    hints = get_type_hints(table)
    names = [field.name for field in dataclasses.fields(table)]
    return {name: key_tree(hints[name]) if dataclasses.is_dataclass(hints[name]) else None for name in names}


def dotted_keys(tree: dict[str, Any], prefix: str = "") -> Iterable[str]:
    """Yield the dotted names of all leaves of a key tree."""
    for name, below in tree.items():
        yield from dotted_keys(below, f"{prefix}{name}.") if below is not None else [f"{prefix}{name}"]


def suggest_key(dotted: str) -> str:
    """Return '; did you mean X?' for the allowed key that is most similar to `dotted`, or '' if none is similar."""
    tables = [name for name, below in key_tree().items() if below is not None]
    if "." not in dotted and (near := difflib.get_close_matches(dotted, tables, n=1)):
        return f"; did you mean [{near[0]}]?"
    allowed = list(dotted_keys(key_tree()))
    close = difflib.get_close_matches(dotted, allowed, n=1, cutoff=0.6)
    if not close:
        leaf = dotted.rpartition(".")[2]
        by_leaf = {key.rpartition(".")[2]: key for key in reversed(allowed)}
        close = [by_leaf[name] for name in difflib.get_close_matches(leaf, by_leaf, n=1, cutoff=0.6)]
    return f"; did you mean {close[0]}?" if close else ""


def plain_value(value: object, where: str) -> Any:
    """Convert `value` to what JSON can hold (a tuple becomes a list, a path a string). Raises ScenarioError for anything else."""
    if isinstance(value, np.generic):  # a Python user's override may come out of a numpy array
        value = value.item()
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ScenarioError(f"{where}: found {value}, allowed is a finite number")
        return value
    if isinstance(value, str | PurePath):
        text = str(value)
        if not text.isprintable():
            raise ScenarioError(f"{where}: found {text!r}, allowed is printable text")
        return text
    if isinstance(value, list | tuple):
        return [plain_value(entry, f"{where}[{index}]") for index, entry in enumerate(value)]
    if isinstance(value, dict):
        raise ScenarioError(f"{where}: found a table, allowed is a value")
    raise ScenarioError(f"{where}: found {value!r}, allowed is a number, a text, true, false or a list")


def check_tree(
    tree: dict[str, Any], file: str, allowed: dict[str, Any] | None = None, prefix: str = ""
) -> dict[str, Any]:
    """Return the tree with plain values. Raises ScenarioError for an unknown key, suggesting the nearest one, or for an odd value."""
    allowed = key_tree() if allowed is None else allowed
    checked: dict[str, Any] = {}
    for name, value in tree.items():
        dotted = f"{prefix}{name}"
        if name not in allowed:
            raise ScenarioError(f"{file}: unknown key {dotted}{suggest_key(dotted)}")
        below = allowed[name]
        if below is None:
            checked[name] = plain_value(value, f"{file}: {dotted}")
        elif isinstance(value, dict):
            checked[name] = check_tree(value, file, below, f"{dotted}.")
        else:
            raise ScenarioError(
                f"{file}: {dotted}: found {value!r}, allowed is a table [{dotted}] with keys {', '.join(below)}"
            )
    return checked
