"""Dead parts of single chips of a board: from the entries of [board] to the lists of one chip, and from a board file to such entries."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from spinn2sim.scenario.board_keys import BoardKeys, DeadPartsOfChips
from spinn2sim.scenario.dead_part_keys import DeadPartLists, Problem, part_problems
from spinn2sim.scenario.fault_keys import Faults

KEYS = tuple(field.name for field in dataclasses.fields(DeadPartsOfChips))
LINES = "dead_router_lines"


def lists_of_chip(keys: DeadPartsOfChips, chip: tuple[int, int]) -> DeadPartLists:
    """Return the lists of what [board] names of one chip."""
    found: dict[str, Any] = {
        name: tuple(rest if name == LINES else rest[0] for x, y, *rest in getattr(keys, name) if (x, y) == chip)
        for name in KEYS
    }
    return DeadPartLists(**found | {LINES: tuple(map(tuple, found[LINES]))})


def with_lists(faults: Faults, lists: DeadPartLists) -> Faults:
    """Return the faults with more dead parts in their lists."""
    more: dict[str, Any] = {name: (*getattr(faults, name), *getattr(lists, name)) for name in KEYS}
    return replace(faults, **more)


def chip_part_problems(keys: BoardKeys) -> Iterator[Problem]:
    """Yield the key, what was found and what is allowed for each name that no part has; whether chips are there is checked elsewhere."""
    for chip in dict.fromkeys((x, y) for name in KEYS for x, y, *_ in getattr(keys, name)):
        yield from part_problems(lists_of_chip(keys, chip), "board")


def moved_to_board(keys: BoardKeys, listed: Iterator[tuple[tuple[int, int], DeadPartLists]]) -> BoardKeys:
    """Return [board] with the dead parts of chips of a board file."""
    found: dict[str, list[Any]] = {name: list(getattr(keys, name)) for name in KEYS}
    for (x, y), lists in listed:
        for name in KEYS:
            for part in getattr(lists, name):
                ends = part if isinstance(part, tuple) else (part, part) if name == LINES else (part,)
                found[name].append((x, y, *ends))
    more: dict[str, Any] = {name: tuple(parts) for name, parts in found.items()}
    return replace(keys, **more)
