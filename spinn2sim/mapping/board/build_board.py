"""Builds the plans of all chips of a board, which train one network together: each holds as many whole copies of it as any other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from spinn2sim.errors import MappingError
from spinn2sim.graph import Graph
from spinn2sim.hardware.board.board_plan import BoardPlan
from spinn2sim.hardware.board.link_options import LinkOptions
from spinn2sim.hardware.board.shape import Board, Chip
from spinn2sim.hardware.board.sum_tree import SumTree, sum_tree
from spinn2sim.hardware.hardware_options import HardwareOptions
from spinn2sim.hardware.packet import CHIP_PHASES, Phase, RoutingEntry
from spinn2sim.hardware.program import Firmware
from spinn2sim.mapping.board.board_exchange import (
    BoardExchange,
    chunk_sizes,
    exchanged_words,
    learning_units,
    most_chunk,
)
from spinn2sim.mapping.board.exchange_groups import board_groups, exchange_groups
from spinn2sim.mapping.board.exchange_routes import exchange_entries, exchanged_keys, with_exchange
from spinn2sim.mapping.board.exchange_time import exchange_bound, fastest
from spinn2sim.mapping.build import MappedChip, make_problem, map_chip, reduce_rounds
from spinn2sim.mapping.mapping_options import MappingOptions
from spinn2sim.mapping.partition import Partition, partition
from spinn2sim.mapping.timing import schedule


@dataclass(frozen=True)
class BoardProblem:
    """What is mapped onto a board. `options.copies` are those of all chips together."""

    graph: Graph
    # The most spikes of one sample.
    events: int
    options: MappingOptions
    firmware: Firmware
    board: Board
    links: LinkOptions
    # The options of each chip; those of chips differ in their dead parts alone.
    hardware: Mapping[Chip, HardwareOptions]
    # Makes the random numbers of placement, the same ones for each kind of chip.
    draw: Callable[[], np.random.Generator]

    @property
    def local(self) -> MappingOptions:
        """The options of one chip. Raises MappingError if the copies cannot be dealt evenly."""
        chips, copies = len(self.board.chips), self.options.copies
        if copies % chips:
            below = copies // chips * chips
            allowed = f"{below} or {below + chips}" if below else str(chips)
            raise MappingError(
                f"training.copies is {copies}; each of the board's {chips} chips holds as many copies as any other: a multiple of {chips} "
                f"is needed, such as {allowed}"
            )
        return replace(self.options, copies=copies // chips)


def build_board_plan(problem: BoardProblem) -> BoardPlan:
    """Build the plans of all chips. Raises MappingError if something does not fit."""
    board, chips = problem.board, _mapped_chips(problem)
    first, kinds = chips[board.chips[0]], set(chips.values())
    each = [kind.bound.phases_us() for kind in kinds]
    bounds: dict[Phase, int] = {phase: max(us[phase] for us in each) for phase in CHIP_PHASES}
    rounds = reduce_rounds(problem.local, first.network.partition)
    learning = learning_units(first.network.partition)
    if len(board.chips) == 1 or not learning:
        phases = schedule(bounds, rounds, first.groups, problem.local)
        alone = (chips[chip].plan(phases, groups=board_groups(board, chip, chips[chip])) for chip in board.chips)
        return BoardPlan(board, problem.links, tuple(alone))
    exchange = _first_exchange(problem, first.network.partition, learning)
    tables = {chip: _table(exchange, board, chip, chips[chip]) for chip in board.chips}
    slowest = exchange_bound(exchange, board, problem.links, chips, list(tables.values()))
    bound = fastest(slowest, chunk_sizes(max(exchange.words), exchange.chunk))
    bounds[Phase.EXCHANGE] = bound.exchange_us
    bounds[Phase.REDUCE] = max(bounds[Phase.REDUCE], bound.first_us)
    bounds[Phase.UPDATE] = max(bounds[Phase.UPDATE], bound.update_us)
    phases = schedule(bounds, rounds, first.groups, problem.local, bound.exchange.ticks)
    plans = [
        chips[chip].plan(phases, tables[chip], exchange_groups(bound.exchange, board, chip, chips[chip]))
        for chip in board.chips
    ]
    crossing = tuple(exchanged_keys(exchange, board, chip) for chip in board.chips)
    return BoardPlan(board, problem.links, tuple(replace(plan, long_packets=True) for plan in plans), crossing)


def _tree(board: Board) -> SumTree:
    try:
        return sum_tree(board)
    except ValueError as error:
        raise MappingError(f"board: {error}; all chips must be joined to exchange their gradients") from None


def _mapped_chips(problem: BoardProblem) -> dict[Chip, MappedChip]:
    """Map the network onto each chip, once for each kind of chip, with the partition that fits the chip with the fewest PEs."""
    options, kinds = problem.local, dict.fromkeys(problem.hardware[chip] for chip in problem.board.chips)
    firsts = {kind: next(chip for chip in problem.board.chips if problem.hardware[chip] == kind) for kind in kinds}
    mapped: dict[HardwareOptions, MappedChip] = {}
    cut: Partition | None = None
    for kind in sorted(kinds, key=lambda one: one.available_pes):
        try:
            one = make_problem(problem.graph, problem.events, options, kind, problem.firmware)
            cut = cut or partition(one)
            mapped[kind] = map_chip(one, cut, problem.draw())
        except MappingError as error:
            raise MappingError(f"chip {firsts[kind]} of the board: {error}") from None
    return {chip: mapped[problem.hardware[chip]] for chip in problem.board.chips}


def _first_exchange(problem: BoardProblem, cut: Partition, learning: tuple[int, ...]) -> BoardExchange:
    """Make the exchange with the largest chunks."""
    tree = _tree(problem.board)
    words = tuple(exchanged_words(cut, cut.optimizer[number], problem.firmware) for number in learning)
    fifo = min(hardware.fifo_capacity for hardware in problem.hardware.values())
    return BoardExchange(tree, learning, words, most_chunk(tree, len(learning), fifo, problem.links))


def _table(exchange: BoardExchange, board: Board, chip: Chip, mapped: MappedChip) -> tuple[RoutingEntry, ...]:
    """Make the routing table of a chip."""
    more = tuple(exchange_entries(exchange, board, chip, exchange.cores(mapped.network)))
    return with_exchange(mapped.entries, more, chip, mapped.problem.hardware.dead.live_router_lines)
