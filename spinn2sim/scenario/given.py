"""The ways in which Python code may give a scenario: a path, a name, a mapping of its keys, or a Scenario."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spinn2sim.errors import ScenarioError, quoted
from spinn2sim.scenario.keys import Scenario
from spinn2sim.scenario.overrides import Tree, as_mapping, merge

ScenarioLike = Path | str | Mapping[str, object] | Scenario


def need_scenario_like(given: object) -> None:
    """Raise ScenarioError for anything that is no scenario."""
    if not isinstance(given, Path | str | Mapping | Scenario):
        raise ScenarioError(
            f"scenario: found {quoted(given)}, allowed is a path, the name of a shipped one, a mapping of keys, or a Scenario"
        )


def tree_of_mapping(given: Mapping[str, object]) -> Tree:
    """Return the tables of a scenario that was given as a mapping, nested or with dotted keys; None stands for an absent key."""
    return merge({}, {key: _plain(value) for key, value in as_mapping(given).items()})


def _plain(value: Any) -> Any:
    """Return a value as TOML would give it: numbers of numpy, arrays, tuples and paths as numbers, lists and texts."""
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, Path):
        return str(value)
    plain = getattr(value, "tolist", None)  # of numpy's arrays and numbers
    return plain() if callable(plain) else value
