"""Checks of [board] that concern more than one key: its shape, what of it is dead, and what boards cannot have."""

from __future__ import annotations

from collections.abc import Iterator

from spinn2sim.hardware.board.shape import LINK_NAMES, MAX_CHIPS, Board
from spinn2sim.hardware.board.sum_tree import chips_apart
from spinn2sim.scenario.board_keys import DATA, RECTANGLE, TRIAD, BoardKeys
from spinn2sim.scenario.board_of_scenario import board_of, board_of_keys, link_pairs, whole_board
from spinn2sim.scenario.chip_parts import KEYS, chip_part_problems
from spinn2sim.scenario.keys import COPIES_OF_CHIP, Problem, Scenario


def board_problems(scenario: Scenario) -> Iterator[Problem]:
    """Yield what is wrong with [board], and with the copies on each chip: key, what was found, what is allowed."""
    keys = scenario.board
    if keys is None:
        return
    wrong = list(key_problems(keys, scenario.seed))
    yield from wrong
    yield from _fault_problems(scenario)
    if not wrong:
        yield from _copy_problems(scenario, keys)


def key_problems(keys: BoardKeys, seed: int) -> Iterator[Problem]:
    """Yield what is wrong with the keys of [board], drawn by its own seed and that of the scenario: key, found, allowed."""
    wrong = list(_shape_problems(keys)) or list(_dead_problems(keys, whole_board(keys)))
    yield from wrong or _whole_problems(keys, board_of_keys(keys, seed))


def _shape_problems(keys: BoardKeys) -> Iterator[Problem]:
    sides = {"columns": keys.columns, "rows": keys.rows}
    for name, side in sides.items():
        if keys.shape == RECTANGLE and side is None:
            yield f"board.{name}", "nothing", f'a number of chips with board.shape = "{RECTANGLE}"'
        if keys.shape != RECTANGLE and side is not None:
            yield f"board.{name}", side, f'no such key but with board.shape = "{RECTANGLE}"'
    chips = (keys.columns or 1) * (keys.rows or 1)
    if chips > MAX_CHIPS:
        yield "board.columns", f"{keys.columns} columns of {keys.rows} chips", f"at most {MAX_CHIPS} chips in all"
    if keys.shape == TRIAD and keys.wrap is False:
        yield "board.wrap", "false", f'true with board.shape = "{TRIAD}", which always wraps around'


def _dead_problems(keys: BoardKeys, whole: Board) -> Iterator[Problem]:
    for n, chip in enumerate(keys.dead_chips):
        if chip not in whole.numbers:
            yield "board.dead_chips", list(chip), f"[x, y] of a chip of the board: {_where(whole)}"
        elif chip in keys.dead_chips[:n]:
            yield "board.dead_chips", f"{list(chip)} twice", "one entry for each chip"
    for key in KEYS:
        for entry in getattr(keys, key):
            if entry[:2] not in whole.numbers:
                yield f"board.{key}", list(entry), f"x and y of a chip of the board, then the part: {_where(whole)}"
    yield from chip_part_problems(keys)
    for n, (x, y, name) in enumerate(keys.dead_links):
        found = f'[{x}, {y}, "{name}"]'
        if (x, y) not in whole.numbers:
            yield "board.dead_links", found, f"[x, y, link] of a chip of the board: {_where(whole)}"
        elif whole.neighbour((x, y), LINK_NAMES.index(name)) is None:
            yield "board.dead_links", found, f"a link that leads to a chip: {_links_of(whole, (x, y))}"
        elif (x, y, name) in keys.dead_links[:n]:
            yield "board.dead_links", f"{found} twice", "one entry for each link"
    most = len(whole.chips) - 1 - len(set(keys.dead_chips))
    if most < 0:
        yield "board.dead_chips", f"all {len(whole.chips)} chips", "at least one chip that works"
    elif keys.dead_chip_count > most:
        yield "board.dead_chip_count", keys.dead_chip_count, f"at most {most}: at least one chip works"


def _whole_problems(keys: BoardKeys, board: Board) -> Iterator[Problem]:
    """Yield what is wrong with the board that is left."""
    drawn = len(board.dead_links) // 2
    if keys.dead_link_count > drawn:
        most = drawn + len(link_pairs(board))
        yield "board.dead_link_count", keys.dead_link_count, f"at most the {most} links between chips that work"
    apart = chips_apart(board)
    if apart:
        found = (
            f"{len(apart)} of {len(board.chips)} chips that no way over links joins with chip {list(board.chips[0])}"
        )
        yield (
            "board",
            f"{found}, first {list(apart[0])}",
            "a board in one piece; dead chips and links, or board.seed, change it",
        )


def _copy_problems(scenario: Scenario, keys: BoardKeys) -> Iterator[Problem]:
    chips, copies = len(board_of(scenario).chips), scenario.training.copies
    if keys.parallel != DATA:
        if copies > COPIES_OF_CHIP:
            yield "training.copies", copies, f'at most {COPIES_OF_CHIP} with board.parallel = "{keys.parallel}"'
        return
    if copies > COPIES_OF_CHIP * chips:
        yield "training.copies", copies, f"at most {COPIES_OF_CHIP * chips}: {COPIES_OF_CHIP} on each of {chips} chips"
    elif copies % chips:
        near = max(copies // chips, 1) * chips
        yield "training.copies", copies, f"a multiple of the {chips} chips that work, such as {near}"


def _fault_problems(scenario: Scenario) -> Iterator[Problem]:
    faults = scenario.faults
    if faults is None:
        return
    for key in faults.dynamic_keys:
        yield f"faults.{key}", "what breaks during a run", "what is dead from the start, with [board]"
    if faults.fewer_copies:
        yield "faults.fewer_copies", "it beside [board]", "it on one chip"
    if faults.chip is not None:
        yield "faults.chip", list(faults.chip), "no such key with [board]: all of its chips are simulated"


def _where(whole: Board) -> str:
    """Describe the coordinates of a board."""
    rows: dict[int, list[int]] = {}
    for x, y in whole.chips:
        rows.setdefault(y, []).append(x)
    spans = {(min(row), max(row)) for row in rows.values()}
    if len(spans) == 1:
        return f"x 0 to {whole.width - 1}, y 0 to {whole.height - 1}"
    return ", ".join(f"y {y}: x {min(row)} to {max(row)}" for y, row in rows.items())


def _links_of(whole: Board, chip: tuple[int, int]) -> str:
    names = [LINK_NAMES[link] for link in range(len(LINK_NAMES)) if whole.neighbour(chip, link) is not None]
    return f"those of chip {list(chip)} are {', '.join(names)}" if names else f"chip {list(chip)} has none"
