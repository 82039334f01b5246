"""The board of a scenario: its chips and links without those that [board] names as dead or that its counts draw, and how links behave."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from spinn2sim.hardware.board.link_options import LinkOptions
from spinn2sim.hardware.board.shape import (
    LINK_NAMES,
    N_LINKS,
    Board,
    Chip,
    hexagon,
    make_board,
    opposite,
    rectangle,
    triad,
)
from spinn2sim.scenario.board_keys import DATA, HEXAGON, RECTANGLE, BoardKeys
from spinn2sim.scenario.keys import Scenario
from spinn2sim.seeds import generator

Link = tuple[Chip, int]
ONE_CHIP = rectangle(1, 1)


def board_of(scenario: Scenario) -> Board:
    """Return the chips of a scenario that work and the links between them; without [board] one chip."""
    return ONE_CHIP if scenario.board is None else board_of_keys(scenario.board, scenario.seed)


def copies_on_chip(scenario: Scenario) -> int:
    """Return of how many copies each chip holds all, or a part."""
    shares_batch = scenario.board is not None and scenario.board.parallel == DATA
    return scenario.training.copies // (len(board_of(scenario).chips) if shares_batch else 1)


def link_options_of(scenario: Scenario) -> LinkOptions:
    """Return how the links of a scenario's board behave; without [board] the defaults."""
    return LinkOptions() if scenario.board is None else link_options_of_keys(scenario.board)


def link_options_of_keys(keys: BoardKeys) -> LinkOptions:
    """Return how links behave by the keys of [board]."""
    return LinkOptions(
        gbit_s=keys.link_gbit_s,
        packet_bits=keys.link_packet_bits,
        long_packet_bits=keys.link_long_packet_bits,
        latency_ns=keys.link_latency_ns,
        queue=keys.link_queue,
        default_route=keys.default_route,
    )


def whole_board(keys: BoardKeys) -> Board:
    """Return the board as if nothing of it were dead."""
    if keys.shape == RECTANGLE:
        return rectangle(keys.columns or 1, keys.rows or 1, bool(keys.wrap))
    return hexagon(bool(keys.wrap)) if keys.shape == HEXAGON else triad()


@lru_cache(maxsize=8)
def board_of_keys(keys: BoardKeys, seed: int) -> Board:
    """Return the board without the chips and links that are named, and those that its own seed and that of the scenario draw.

    With the same seeds, a higher count leaves dead what a lower one has drawn.
    """
    whole = whole_board(keys)
    named = set(keys.dead_chips)
    order = generator(seed, "dead chips of a board", keys.seed).permutation(len(whole.chips)).tolist()
    drawn = [whole.chips[n] for n in order if whole.chips[n] not in named][: keys.dead_chip_count]
    alive = make_board(whole.width, whole.height, whole.wrap, set(whole.chips) - named - set(drawn))
    cut = {one for x, y, name in keys.dead_links for one in _both_ends(whole, ((x, y), LINK_NAMES.index(name)))}
    pairs = link_pairs(whole)
    working = {(chip, link) for chip, link, _ in alive.links()}
    order = generator(seed, "dead links of a board", keys.seed).permutation(len(pairs)).tolist()
    left = [pairs[n] for n in order if pairs[n] in working and pairs[n] not in cut]
    cut.update(one for pair in left[: keys.dead_link_count] for one in _both_ends(whole, pair))
    return replace(alive, dead_links=frozenset(cut & working))


def link_pairs(board: Board) -> list[Link]:
    """Return one direction of every link of a board."""
    return [(chip, link) for chip, link, _ in board.links() if link < N_LINKS // 2]


def _both_ends(board: Board, one: Link) -> tuple[Link, ...]:
    other = board.neighbour(*one)
    return (one,) if other is None else (one, (other, opposite(one[1])))
