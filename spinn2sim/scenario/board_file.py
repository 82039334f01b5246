"""A board file: the dead parts of the chips of a board, a table [[chip]] for each chip that has any. A chip that is not listed has none.

[[chip]]
x = 0
y = 0
dead_pes = [17]
dead_channels = ["(1,2)->(2,2)"]
"""

from __future__ import annotations

import dataclasses
import warnings
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from spinn2sim.errors import MappingWarning, ScenarioError, quoted
from spinn2sim.scenario.dead_part_keys import Coordinate, DeadPartLists, part_problems
from spinn2sim.scenario.entries import short_name
from spinn2sim.scenario.fault_keys import Faults
from spinn2sim.scenario.table_shape import check_tree, key_tree

Tree = dict[str, Any]
ORIGIN = (0, 0)
# How many chips a warning lists.
SHOWN = 8


@dataclass(frozen=True, kw_only=True)
class BoardChip(DeadPartLists):
    """[[chip]] of a board file: where a chip is on its board, and what of it is dead."""

    x: Coordinate
    y: Coordinate


@dataclass(frozen=True)
class BoardFile:
    """The chips of a board that have dead parts."""

    chip: tuple[BoardChip, ...] = ()


def check_board_tree(tree: Tree, file: str) -> Tree:
    """Return the tables of a board file with plain values. Raises ScenarioError for anything but tables [[chip]] with known keys."""
    unknown = [name for name in tree if name != "chip"]
    if unknown:
        raise ScenarioError(f"{file}: found {quoted(unknown[0])}, allowed are tables [[chip]] alone")
    chips = tree.get("chip", [])
    if not isinstance(chips, list) or not all(isinstance(chip, dict) for chip in chips):
        raise ScenarioError(f"{file}: chip: found {quoted(chips)}, allowed are tables [[chip]]")
    keys = key_tree(BoardChip)
    for n, chip in enumerate(chips):
        for name in chip.keys() - keys.keys():
            near = get_close_matches(name, keys, n=1)
            hint = f"did you mean {near[0]}?" if near else f"allowed are {', '.join(keys)}"
            raise ScenarioError(f"{file}: unknown key chip[{n}].{short_name(name)}; {hint}")
    return {"chip": [check_tree(chip, file, keys, f"chip[{n}].") for n, chip in enumerate(chips)]}


def join_board(faults: Faults, board: BoardFile, file: str) -> Faults:
    """Return the faults with the dead parts of their chip on the board, and without the file. Raises ScenarioError for a wrong board.

    Warns if the chip is not listed.
    """
    own, places = faults.chip or ORIGIN, [(chip.x, chip.y) for chip in board.chip]
    joined = join_chip(faults, board, file, own)
    if own not in places:
        listed = ", ".join(map(str, places[:SHOWN])) + (", ..." if len(places) > SHOWN else "")
        warnings.warn(
            f"{file}: chip {own} is not listed, so nothing of it is dead; listed: {listed or 'none'} (faults.chip chooses)",
            MappingWarning,
            stacklevel=2,
        )
    return joined


def join_chip(faults: Faults, board: BoardFile, file: str, own: tuple[int, int]) -> Faults:
    """Return the faults with the dead parts of the chip at `own` on the board, and without the file. Raises ScenarioError."""
    refuse_wrong_parts(board, file)
    here = [chip for chip in board.chip if (chip.x, chip.y) == own]
    lists: dict[str, Any] = {
        field.name: (*getattr(faults, field.name), *(part for chip in here for part in getattr(chip, field.name)))
        for field in dataclasses.fields(DeadPartLists)
    }
    return replace(faults, **lists, board=None, chip=None, joined_board=file)


def refuse_wrong_parts(board: BoardFile, file: str) -> None:
    """Raise ScenarioError for a chip that is listed twice, and for a name that no part has."""
    places = [(chip.x, chip.y) for chip in board.chip]
    for n, chip in enumerate(board.chip):
        if places[n] in places[:n]:
            raise ScenarioError(f"{file}: chip[{n}]: found ({chip.x}, {chip.y}) again, allowed is each chip once")
        for key, found, allowed in part_problems(chip, f"chip[{n}]"):
            raise ScenarioError(f"{file}: {key}: found {found}, allowed is {allowed}")
