"""Loads a TOML file as a checked Scenario, or raises an error of one line that says why it cannot."""

from __future__ import annotations

import dataclasses
import json
import re
import tomllib
from codecs import BOM_UTF8
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from spinn2sim.errors import DataError, ScenarioError, refuse_problems
from spinn2sim.files.input_file import read_input
from spinn2sim.scenario.board_file import BoardFile, check_board_tree, join_board, refuse_wrong_parts
from spinn2sim.scenario.checks import check
from spinn2sim.scenario.chip_parts import moved_to_board
from spinn2sim.scenario.cost_keys import make_way
from spinn2sim.scenario.counts import with_counts
from spinn2sim.scenario.defaults import fill_in
from spinn2sim.scenario.entries import entry_name
from spinn2sim.scenario.fault_keys import Faults
from spinn2sim.scenario.given import ScenarioLike, need_scenario_like, tree_of_mapping
from spinn2sim.scenario.keys import Scenario
from spinn2sim.scenario.older_runs import with_earlier_defaults
from spinn2sim.scenario.overrides import Overrides, Tree, as_mapping, merge
from spinn2sim.scenario.resolved import resolved_toml
from spinn2sim.scenario.shipped import find_shipped, with_shipped_board
from spinn2sim.scenario.table_shape import sound_part
from spinn2sim.scenario.tree_bounds import MOST_BYTES, refuse_long_text, refuse_unbounded

T = TypeVar("T")
LONGEST_QUOTE = 120
# The keys that name a file.
PATH_KEYS = (
    ("data", "path"),
    ("data", "test_path"),
    ("training", "start_from"),
    ("faults", "board"),
    ("faults", "joined_board"),
)


def load(path: ScenarioLike, overrides: Overrides = ()) -> Scenario:
    """Read a scenario file, or the shipped scenario of a name, apply `overrides`, fill in every default and check it.

    A mapping of keys, nested or dotted, and a Scenario are taken as well.

    Paths inside the file are relative to its folder, paths in overrides to the working folder; both come out absolute.
    Raises ScenarioError, in one line with the file, the key, what was found and what is allowed.
    """
    need_scenario_like(path)
    if isinstance(path, Scenario):
        return load_text(resolved_toml(path), overrides, "scenario")
    if isinstance(path, Mapping):
        scenario = _read_keys(tree_of_mapping(path), overrides, "scenario", None)
        check(scenario, "scenario")
        return scenario
    file = find_shipped(path)
    return load_text(read_text(file), overrides, str(file), file.resolve().parent)


def load_text(text: str, overrides: Overrides = (), file: str = "scenario", folder: Path | None = None) -> Scenario:
    """Load a scenario from a TOML text; `file` is its name in messages, `folder` what its paths are relative to. Raises ScenarioError."""
    scenario = read_keys(text, overrides, file, folder)
    check(scenario, file)
    return scenario


def read_keys(text: str, overrides: Overrides = (), file: str = "scenario", folder: Path | None = None) -> Scenario:
    """Load a scenario whose keys are checked one by one, but not against each other. Raises ScenarioError."""
    return _read_keys(with_earlier_defaults(read_tree(text, file), text), overrides, file, folder)


def _read_keys(tree: Tree, overrides: Overrides, file: str, folder: Path | None) -> Scenario:
    tree = _with_absolute_paths(tree, folder or Path.cwd())
    changes = as_mapping(overrides)
    tree = _with_absolute_paths(merge(make_way(tree, changes), changes), Path.cwd())
    refuse_unbounded(tree, file)
    checked, problems = sound_part(tree, file)
    scenario = read_typed(_adapter(), checked if problems else with_counts(checked, file), file, problems)
    if scenario.faults is not None and scenario.faults.board is not None:
        scenario = _with_board_file(scenario, scenario.faults, scenario.faults.board)
    try:
        return fill_in(scenario)
    except ScenarioError as error:
        raise ScenarioError(f"{file}: {error}") from None


def _with_board_file(scenario: Scenario, faults: Faults, file: str) -> Scenario:
    """Return a scenario with the dead parts of its chip on a board file, or with [board] of all chips, and without the file."""
    if scenario.board is None:
        return dataclasses.replace(scenario, faults=with_board(faults))
    listed = read_board_file(file)
    refuse_wrong_parts(listed, file)
    board = moved_to_board(scenario.board, (((chip.x, chip.y), chip) for chip in listed.chip))
    return dataclasses.replace(scenario, board=board, faults=dataclasses.replace(faults, board=None, joined_board=file))


def with_board(faults: Faults) -> Faults:
    """Join the dead parts of faults.board with the others, so that the file is not needed any more. Raises ScenarioError."""
    return faults if faults.board is None else join_board(faults, read_board_file(faults.board), faults.board)


def read_board_file(file: str) -> BoardFile:
    """Read a board file. Raises ScenarioError."""
    tree = check_board_tree(read_tree(read_text(Path(file)), file), file)
    return read_typed(TypeAdapter(BoardFile), tree, file)


def read_tree(text: str, file: str) -> Tree:
    """Return the tables of a TOML text. Raises ScenarioError if it is not TOML, or holds more than any scenario."""
    refuse_long_text(text, file)
    try:
        tree = tomllib.loads(text.removeprefix("\ufeff"))
    except RecursionError:
        raise ScenarioError(f"{file}: not a scenario: its values are nested too deeply") from None
    except ValueError as error:  # of Python's own limit on the digits of an integer, too
        raise ScenarioError(f"{file}: not a TOML file: {error!s:.200}") from None
    refuse_unbounded(tree, file)
    return tree


def read_text(file: Path) -> str:
    """Return the text of a file. Raises ScenarioError if it cannot be read."""
    try:
        return read_input(file, "a TOML file", MOST_BYTES).removeprefix(BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{file}: not a text in UTF-8 (byte {error.start}), allowed is a TOML file") from None
    except DataError as error:
        raise ScenarioError(str(error)) from None


@cache
def _adapter() -> TypeAdapter[Scenario]:
    return TypeAdapter(Scenario)


def read_typed(adapter: TypeAdapter[T], tree: Tree, file: str, problems: Sequence[str] = ()) -> T:
    """Convert a tree to the adapter's dataclass.

    Raises ScenarioError with a line for each wrong key, what was found and what is allowed, behind the `problems` known before.
    """
    # Strict JSON takes lists for tuples and whole numbers for floats, and nothing else for anything else.
    try:
        found = adapter.validate_json(json.dumps(tree, default=str), strict=True)
    except ValidationError as error:
        by_key: dict[str, list[ErrorDetails]] = {}
        for one in error.errors(include_url=False):
            by_key.setdefault(_key_of(one, tree), []).append(one)
        told = " ".join(problems)  # a key that is missing may have an odd value, or another name
        known = {key for key in by_key if f"{file}: {key}: " in told or f"here it is {key}" in told}
        sure = {key: errors for key, errors in by_key.items() if errors[0]["type"] != "missing" or key not in known}
        lines = [f"{file}: {_message(errors, tree)}" for errors in sure.values()]
        refuse_problems([*problems, *lines])
        raise
    refuse_problems(problems)
    return found


def _key_of(error: ErrorDetails, tree: Tree) -> str:
    """Return the key that an error is about, without the place inside of its value."""
    key, _ = _place(error["loc"], tree)
    match = re.match(r"(?:population|projection)\[\d+\](?:\.\w+)?|[^\[]*", key)
    own = match[0] if match else key
    missing = error["loc"][-1] if error["type"] == "missing" else 0
    return f"{own}.{missing}".removeprefix(".") if isinstance(missing, str) else own


def _message(errors: list[ErrorDetails], tree: Tree) -> str:
    """Describe a wrong key: its name, its value, and what is allowed (of which a union gives one message per member)."""
    start, _ = _place(errors[0]["loc"], tree)
    # Of the members of a union, the one that the value comes closest to is the one whose message is about a part of the value.
    inside = [error for error in errors if _place(error["loc"], tree)[0].startswith((f"{start}.", f"{start}["))]
    first = inside[0] if inside else errors[0]
    key, found = _place(first["loc"], tree)
    named = _named(key, tree)
    if first["type"] == "missing":
        missing = first["loc"][-1]
        if isinstance(missing, int):
            return f"{named}: found {_quoted(found)}, allowed is a list with one entry more"
        return (
            f"{named}: {missing}" if named != key else f"{key}.{missing}".removeprefix(".")
        ) + " is missing, it has no default"
    allowed = [_allowed(error) for error in errors if _place(error["loc"], tree)[0] == key]
    return f"{named}: found {_quoted(found)}, allowed is {' or '.join(dict.fromkeys(allowed))}"


def _named(key: str, tree: Tree) -> str:
    """Return a key as messages name it: the entry of a list of tables by its number and name."""
    match = re.fullmatch(r"(population|projection)\[(\d+)\](?:\.(.*))?", key)
    if match is None:
        return key
    table, index, rest = match[1], int(match[2]), match[3]
    return entry_name(table, index, tree[table][index]) + (f": {rest}" if rest else "")


def _quoted(value: object) -> str:
    """Quote a value in a message, shortened, since a file may hold anything."""
    text = json.dumps(value, default=str)
    return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}..."


def _allowed(error: ErrorDetails) -> str:
    for start in ("Input should be ", "String should have "):
        if error["msg"].startswith(start):
            return error["msg"].removeprefix(start).replace("a valid array", "a list").removeprefix("a valid ")
    return f"what fits: {error['msg'][0].lower()}{error['msg'][1:]}"


def _place(loc: tuple[int | str, ...], tree: Tree) -> tuple[str, Any]:
    """Return the dotted key and the value that an error is about; names of union members in `loc` are not part of the key."""
    key, value = "", tree  # type: tuple[str, Any]
    for step in loc:
        if isinstance(value, dict) and step in value:
            key, value = f"{key}.{step}".removeprefix("."), value[step]
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            key, value = f"{key}[{step}]", value[step]
    return key, value


def _with_absolute_paths(tree: Tree, folder: Path) -> Tree:
    tree = dict(tree)
    for table, key in PATH_KEYS:
        values = tree.get(table)
        if isinstance(values, dict) and isinstance(values.get(key), str | Path):
            file = with_shipped_board(folder / values[key]) if key == "board" else folder / values[key]
            tree[table] = values | {key: str(file.absolute())}
    return tree


def with_changes(scenario: Scenario, **tables: object) -> Scenario:
    """Copy a loaded scenario with other tables and check it again. Raises ScenarioError."""
    changed = fill_in(dataclasses.replace(scenario, **tables))  # type: ignore[arg-type]
    check(changed, changed.name)
    return changed
