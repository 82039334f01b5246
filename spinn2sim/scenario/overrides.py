"""Overrides, as in `--set KEY=VALUE`: each value is read as TOML, or else as a string, and replaces that of the scenario."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from spinn2sim.errors import ScenarioError

Tree = dict[str, Any]
Overrides = Mapping[str, object] | Sequence[str]


def read_value(text: str) -> object:
    """Read `text` as a TOML value; if it is not one, return it as a string."""
    try:
        table = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):  # also for too many digits or levels
        return text
    return table["value"] if len(table) == 1 else text


def as_mapping(overrides: Overrides) -> dict[str, object]:
    """Return overrides by dotted key; of two with the same key the later one holds. Raises ScenarioError if one has no '='."""
    found: dict[str, object] = {}
    if isinstance(overrides, Mapping):
        try:
            for key, value in overrides.items():
                _put(found, str(key), value)
        except RecursionError:
            raise ScenarioError("overrides: found tables that are nested too deeply") from None
        return found
    if isinstance(overrides, str):
        raise ScenarioError(f"overrides: found the text {overrides!r:.80}, allowed is a mapping or a list of texts")
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
    if isinstance(value, Mapping):
        for name, entry in value.items():
            _put(found, f"{key}.{name}", entry)
        return
    found.pop(key, None)  # so that the later value also comes later
    found[key] = value


def merge(tree: Tree, overrides: Mapping[str, object]) -> Tree:
    """Return a new tree in which each dotted key has its new value; None removes the key."""
    merged: Tree = {key: merge(value, {}) if isinstance(value, dict) else value for key, value in tree.items()}
    for dotted, value in overrides.items():
        table = merged
        *parents, leaf = dotted.split(".")
        for parent in parents:
            below = table.setdefault(parent, {})
            if not isinstance(below, dict):
                raise ScenarioError(f"--set {dotted}: {parent} is not a table but {below!r}")
            table = below
        if value is None:
            table.pop(leaf, None)
        else:
            table[leaf] = value
    return merged
