"""Checks the shape of a scenario's tables: keys that exist, and values that both TOML and JSON can hold."""

from __future__ import annotations

import dataclasses
import difflib
import math
from collections.abc import Iterable
from functools import cache
from pathlib import PurePath
from types import NoneType
from typing import Any, get_args, get_type_hints

import numpy as np

from spinn2sim.errors import ScenarioError, quoted, refuse_problems
from spinn2sim.scenario.entries import entry_name
from spinn2sim.scenario.keys import Scenario
from spinn2sim.scenario.network_keys import MAX_POPULATIONS, MAX_PROJECTIONS, Distribution
from spinn2sim.scenario.synonyms import answer_to


@cache
def key_tree(table: type = Scenario) -> dict[str, Any]:
    """Return every allowed key: a nested dict with None at the leaves, and a list with the keys of an entry for a list of tables.

    It is made once, and not to be changed.
    """
    hints = get_type_hints(table)
    return {field.name: _below(hints[field.name]) for field in dataclasses.fields(table)}


def _below(hint: Any) -> Any:
    """Return the keys below a key of this type: a dict for a table, a list with one for a list of tables, None for a value.

    A table may be left out; that is a union with None.
    """
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return key_tree(hint)
    for member in get_args(hint):
        if set(get_args(hint)) == {member, NoneType} and dataclasses.is_dataclass(member) and isinstance(member, type):
            return key_tree(member)
        entries = [entry for entry in get_args(member) if isinstance(entry, type) and dataclasses.is_dataclass(entry)]
        if member is not NoneType and entries:
            return [key_tree(entries[0])]
    return None


def dotted_keys(tree: dict[str, Any], prefix: str = "") -> Iterable[str]:
    """Yield the dotted names of all leaves of a key tree."""
    for name, below in tree.items():
        yield from dotted_keys(below, f"{prefix}{name}.") if isinstance(below, dict) else [f"{prefix}{name}"]


def suggest_key(dotted: str) -> str:
    """Return how a message about an unknown key ends: with the key that other tools call so, or that is most similar, or ''."""
    if answer := answer_to(dotted):
        return answer
    tables = {
        name: f"[[{name}]]" if isinstance(below, list) else f"[{name}]" for name, below in key_tree().items() if below
    }
    if "." not in dotted and (near := difflib.get_close_matches(dotted, tables, n=1)):
        return f"; did you mean {tables[near[0]]}?"
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
            raise ScenarioError(f"{where}: found {quoted(text)}, allowed is printable text")
        return text
    if isinstance(value, list | tuple):
        return [plain_value(entry, f"{where}[{index}]") for index, entry in enumerate(value)]
    if isinstance(value, dict):
        raise ScenarioError(f"{where}: found a table, allowed is a value")
    raise ScenarioError(f"{where}: found {quoted(value)}, allowed is a number, a text, true, false or a list")


def check_tree(
    tree: dict[str, Any], file: str, allowed: dict[str, Any] | None = None, prefix: str = ""
) -> dict[str, Any]:
    """Return the tree with plain values. Raises ScenarioError for unknown keys, suggesting the nearest ones, and for odd values."""
    checked, problems = sound_part(tree, file, allowed, prefix)
    refuse_problems(problems)
    return checked


def sound_part(
    tree: dict[str, Any], file: str, allowed: dict[str, Any] | None = None, prefix: str = ""
) -> tuple[dict[str, Any], list[str]]:
    """Return the part of a tree whose keys are known and whose values are plain, and a line about each other key."""
    allowed = key_tree() if allowed is None else allowed
    checked: dict[str, Any] = {}
    problems: list[str] = []
    for name, value in tree.items():
        dotted = f"{prefix}{name}"
        if name not in allowed:
            problems.append(f"{file}: unknown key {dotted}{suggest_key(dotted)}")
            continue
        below = allowed[name]
        try:
            if isinstance(below, dict) and isinstance(value, dict):
                checked[name], more = sound_part(value, file, below, f"{dotted}.")
            elif isinstance(below, dict):
                keys = ", ".join(below)
                raise ScenarioError(
                    f"{file}: {dotted}: found {quoted(value)}, allowed is a table [{dotted}] with keys {keys}"
                )
            elif isinstance(below, list):
                checked[name], more = _check_entries(name, value, file, below[0])
            else:
                checked[name], more = plain_value(value, f"{file}: {dotted}"), []
            problems += more
        except ScenarioError as error:
            problems += [str(argument) for argument in error.args]
    return checked, problems


def _check_entries(
    table: str, entries: object, file: str, allowed: dict[str, Any]
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return a list of tables with plain values, and a line about each key that is unknown or has an odd value, naming the entry."""
    if not isinstance(entries, list | tuple) or not all(isinstance(entry, dict) for entry in entries):
        found = f"{type(entries).__name__}, or a list of other things" if not isinstance(entries, dict) else "one table"
        raise ScenarioError(f"{file}: {table}: found {found}, allowed are tables [[{table}]]")
    most = MAX_POPULATIONS if table == "population" else MAX_PROJECTIONS
    if not 1 <= len(entries) <= most:
        raise ScenarioError(f"{file}: {table}: found {len(entries)} entries, allowed are 1 to {most}")
    checked, problems = [], []
    for index, entry in enumerate(entries):
        where = f"{file}: {entry_name(table, index, entry)}"
        values: dict[str, Any] = {}
        for name, value in entry.items():
            if name not in allowed:
                near = difflib.get_close_matches(name, allowed, n=1)
                hint = f"; did you mean {near[0]}?" if near else f", allowed are {', '.join(allowed)}"
                problems.append(f"{where}: unknown key {name:.80}{hint}")
                continue
            try:
                values[name] = _entry_value(value, f"{where}: {name}", distribution=name.startswith("tau_"))
            except ScenarioError as error:
                problems += [str(argument) for argument in error.args]
        checked.append(values)
    return checked, problems


def _entry_value(value: object, where: str, *, distribution: bool) -> Any:
    """Return a plain value, or for a time constant the plain table of a distribution."""
    if not distribution or not isinstance(value, dict):
        return plain_value(value, where)
    allowed = [field.name for field in dataclasses.fields(Distribution)]
    for name in value:
        if name not in allowed:
            raise ScenarioError(f"{where}: unknown key {name:.80}, allowed are {', '.join(allowed)}")
    return {name: plain_value(entry, f"{where}.{name}") for name, entry in value.items()}
