"""Reads the table [board] without a scenario: from any TOML file that has one, and from overrides of its keys."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter

from spinn2sim.errors import ScenarioError, quoted, refuse_problems
from spinn2sim.scenario.board_checks import key_problems
from spinn2sim.scenario.board_keys import TRIAD, BoardKeys
from spinn2sim.scenario.load import read_text, read_tree, read_typed
from spinn2sim.scenario.overrides import Overrides, Tree, as_mapping
from spinn2sim.scenario.shipped import find_shipped
from spinn2sim.scenario.table_shape import check_tree, key_tree

TABLE = "board."


@dataclass(frozen=True)
class BoardTable:
    """A file of which only the table [board] counts."""

    board: BoardKeys


def board_overrides(overrides: Overrides) -> tuple[Tree, Tree]:
    """Split overrides into those of keys of [board], by the names of the keys in it, and all others."""
    given = as_mapping(overrides)
    own = {key.removeprefix(TABLE): value for key, value in given.items() if key.startswith(TABLE)}
    return own, {key: value for key, value in given.items() if not key.startswith(TABLE)}


def read_board(file: Path | str | None, keys: Tree) -> tuple[BoardKeys, int]:
    """Return [board] of a file with the `keys` laid over it, and the seed beside it, by which dead parts are drawn.

    Raises ScenarioError for a file without such a table, and for what no board can be.
    """
    found, seed = ({}, 0) if file is None else _table(find_shipped(file))
    where = "board" if file is None else str(file)
    tree = check_tree({"board": {**found, **keys}}, where, {"board": key_tree(BoardKeys)})
    board = read_typed(TypeAdapter(BoardTable), tree, where).board
    refuse_problems(
        [f"{where}: {key}: found {is_so}, allowed is {allowed}" for key, is_so, allowed in key_problems(board, seed)]
    )
    return replace(board, wrap=board.shape == TRIAD if board.wrap is None else board.wrap), seed


def _table(file: Path) -> tuple[Tree, int]:
    tree = read_tree(read_text(file), str(file))
    table, seed = tree.get("board"), tree.get("seed", 0)
    if not isinstance(table, dict):
        raise ScenarioError(f"{file}: found no table [board], allowed is a file with one, such as a scenario")
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 1 << 63:
        raise ScenarioError(f"{file}: seed: found {quoted(seed)}, allowed is a whole number from 0 on")
    return table, seed
