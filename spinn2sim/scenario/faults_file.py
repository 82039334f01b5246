"""Reads the dead parts of a chip without a scenario: from a board file, from the table [faults] of any TOML file, and from overrides."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from spinn2sim.errors import ScenarioError, quoted
from spinn2sim.hardware.board.shape import Chip
from spinn2sim.hardware.dead_parts import DeadParts
from spinn2sim.scenario.board_file import join_chip
from spinn2sim.scenario.dead_part_keys import part_problems
from spinn2sim.scenario.draw_dead_parts import dead_parts_of_faults
from spinn2sim.scenario.fault_keys import Faults
from spinn2sim.scenario.load import read_board_file, read_text, read_tree, read_typed, with_board
from spinn2sim.scenario.overrides import Overrides, as_mapping
from spinn2sim.scenario.shipped import BOARD, find_shipped, with_shipped_board
from spinn2sim.scenario.table_shape import check_tree, key_tree

TABLE = "faults."


def read_dead_parts(file: Path | str | None = None, overrides: Overrides = ()) -> DeadParts:
    """Return the dead parts of a chip that a file and overrides of keys of [faults] name or draw. Raises ScenarioError."""
    faults, seed = read_faults(file, overrides)
    return dead_parts_of_faults(with_board(faults), seed)


def read_dead_parts_of_chips(
    file: Path | str | None, overrides: Overrides, chips: Sequence[Chip]
) -> tuple[DeadParts, ...]:
    """Return the dead parts of each chip of a board. What is named is dead on each, rates draw for each, a board file says which is where.

    Raises ScenarioError.
    """
    faults, seed = read_faults(file, overrides)
    if faults.chip is not None:
        raise ScenarioError(
            f"faults.chip: found {list(faults.chip)}, allowed is no such key with a board of several chips"
        )
    if faults.board is None:
        return tuple(dead_parts_of_faults(faults, seed, chip) for chip in chips)
    listed = read_board_file(faults.board)
    return tuple(dead_parts_of_faults(join_chip(faults, listed, faults.board, chip), seed, chip) for chip in chips)


def read_faults(file: Path | str | None, overrides: Overrides) -> tuple[Faults, int]:
    """Return [faults] of a file and of overrides, and the seed beside it; paths are relative as in a scenario.

    A file without tables [[chip]] is taken for one with a table [faults]; then its key `seed` counts, as in a scenario.

    Raises ScenarioError for a file that is neither, for other keys, and for faults during a run, which traffic does not have.
    """
    tree, seed, folder = ({}, 0, Path.cwd()) if file is None else _tables(find_shipped(file, BOARD))
    if "board" in tree:
        tree["board"] = str(with_shipped_board(folder / str(tree["board"])))
    for key, value in as_mapping(overrides).items():
        if not key.startswith(TABLE):
            raise ScenarioError(
                f"--set {key:.80}: found no key of [faults], allowed is for instance faults.dead_pes=[17]"
            )
        board = str(with_shipped_board(Path.cwd() / str(value))) if key == "faults.board" else value
        tree[key.removeprefix(TABLE)] = board
    where = "faults" if file is None else str(file)
    faults = read_typed(TypeAdapter(Faults), check_tree(tree, where, key_tree(Faults), TABLE), where)
    for key, found, allowed in part_problems(faults, "faults"):
        raise ScenarioError(f"{where}: {key}: found {found}, allowed is {allowed}")
    if faults.has_dynamic:
        raise ScenarioError(
            f"{where}: faults.{faults.dynamic_keys[0]}: found a fault during the run, allowed are dead parts"
        )
    if faults.chip is not None and faults.board is None:
        raise ScenarioError(
            f"{where}: faults.chip: found {list(faults.chip)}, allowed is no such key without faults.board"
        )
    return faults, seed


def _tables(file: Path) -> tuple[dict[str, Any], int, Path]:
    """Return the table [faults] of a file, the seed beside it, and the folder that its paths are relative to."""
    tree = read_tree(read_text(file), str(file))
    if "chip" in tree and not isinstance(tree["chip"], dict):
        return {"board": str(file.absolute())}, 0, file.absolute().parent
    table, seed = tree.get("faults"), tree.get("seed", 0)
    if not isinstance(table, dict):
        raise ScenarioError(f"{file}: found no table [faults] and no [[chip]], allowed is a file with one of them")
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 1 << 63:
        raise ScenarioError(f"{file}: seed: found {quoted(seed)}, allowed is a whole number from 0 on")
    return dict(table), seed, file.absolute().parent
