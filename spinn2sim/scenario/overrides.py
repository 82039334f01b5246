"""Overrides, as in `--set KEY=VALUE`: each value is read as TOML, or else as a string, and replaces that of the scenario."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from spinn2sim.errors import ScenarioError, quoted
from spinn2sim.scenario.entries import LISTS, find_entry
from spinn2sim.scenario.tree_bounds import MOST_PARTS, refuse_long_text, refuse_unbounded

Tree = dict[str, Any]
Overrides = Mapping[str, object] | Sequence[str]
# The keys whose tables are values, a distribution, which is replaced as a whole.
DISTRIBUTED = ("tau_mem_ms", "tau_syn_ms")


def read_value(text: str) -> object:
    """Read `text` as a TOML value; if it is not one, return it as a string."""
    refuse_long_text(text, "--set")
    try:
        table = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):  # also for too many digits or levels
        return text
    return table["value"] if len(table) == 1 else text


def as_mapping(overrides: Overrides) -> dict[str, object]:
    """Return overrides by dotted key; of two with the same key the later one holds. Raises ScenarioError if one has no '='."""
    found: dict[str, object] = {}
    if isinstance(overrides, Mapping):
        refuse_unbounded(overrides, "overrides")
        for key, value in overrides.items():
            _put(found, str(key), value)
        return found
    if isinstance(overrides, str) or not all(isinstance(text, str) for text in overrides):
        raise ScenarioError(f"overrides: found {quoted(overrides)}, allowed is a mapping or a list of texts")
    for text in overrides:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise ScenarioError(
                f"--set {text:.80}: found no KEY=VALUE, allowed is for instance --set training.epochs=3"
            )
        _put(found, key.strip(), read_value(value.strip()))
    return found


def _put(found: dict[str, object], key: str, value: object) -> None:
    """Add a value under its dotted key. A table is added key by key, so that the scenario keeps the other keys of that table."""
    if isinstance(value, Mapping) and key.rpartition(".")[2] not in DISTRIBUTED:
        for name, entry in value.items():
            _put(found, f"{key}.{name}", entry)
        return
    if key.count(".") >= MOST_PARTS:
        raise ScenarioError(f"--set {key:.80}: found a key of more than {MOST_PARTS} levels of nesting")
    found.pop(key, None)  # so that the later value also comes later
    found[key] = value


def merge(tree: Tree, overrides: Mapping[str, object]) -> Tree:
    """Return a new tree in which each dotted key has its new value; None removes the key.

    The entry of a list of tables is addressed by its name or number: population.hidden.size, projection.3.init, projection.in->out.init.
    """
    merged: Tree = _copied(tree)
    for dotted, value in overrides.items():
        table: Any = merged
        *parents, leaf = _steps(dotted)
        for depth, parent in enumerate(parents):
            table = _below(table, parents[:depth], parent, dotted)
        if isinstance(table, list):
            raise ScenarioError(
                f"--set {dotted:.80}: found a value for an entry, allowed is one of its keys: {dotted:.80}.KEY"
            )
        if value is None:
            table.pop(leaf, None)
        else:
            table[leaf] = value
    return merged


def _copied(value: Any) -> Any:
    """Copy the tables and lists of tables of a tree."""
    if isinstance(value, dict):
        return {key: _copied(entry) for key, entry in value.items()}
    return [_copied(entry) for entry in value] if isinstance(value, list) else value


def _steps(dotted: str) -> list[str]:
    """Split a dotted key; projection[3].init counts as projection.3.init."""
    table, dot, rest = dotted.partition(".")
    match = re.fullmatch(r"(\w+)\[(\d+)\]", table)
    return [*((match[1], match[2]) if match and match[1] in LISTS else (table,)), *(rest.split(".") if dot else ())]


def _below(table: Any, above: Sequence[str], step: str, dotted: str) -> Any:
    """Return the table or list of tables under a key of `table`; a table that is not there is made."""
    if isinstance(table, list):
        try:
            below = table[find_entry(above[-1], table, step)]
        except ValueError as error:
            raise ScenarioError(f"--set {dotted:.80}: {error}") from None
    elif not above and step in LISTS and step not in table:
        raise ScenarioError(f"--set {dotted:.80}: found no [[{step}]] in the scenario")
    else:
        below = table.setdefault(step, {})
    if not isinstance(below, dict) and not (isinstance(below, list) and not above and step in LISTS):
        raise ScenarioError(f"--set {dotted:.80}: {step:.80} is not a table but {quoted(below)}")
    return below
