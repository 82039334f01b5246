"""Places one network over the chips of a board, if it is too large for one of them: partition, blocks, chips, PEs, routes, timing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from spinn2sim.errors import MappingError
from spinn2sim.hardware.board.board_plan import BoardPlan
from spinn2sim.hardware.facts import ROUTER_ENTRIES
from spinn2sim.hardware.hardware_options import HardwareOptions
from spinn2sim.hardware.packet import CHIP_PHASES, KIND_SHIFT, Kind, Phase, RoutingEntry
from spinn2sim.mapping.board.blocks import Block, blocks_of
from spinn2sim.mapping.board.board_tables import BoardTables
from spinn2sim.mapping.board.build_board import BoardProblem
from spinn2sim.mapping.board.place_blocks import Unplaced, place_blocks
from spinn2sim.mapping.board.refusals import too_few_pes
from spinn2sim.mapping.build import MappedChip, make_problem, reduce_rounds
from spinn2sim.mapping.groups import make_groups
from spinn2sim.mapping.optimizer_cuts import optimizer_choices
from spinn2sim.mapping.partition import Partition, cut_populations
from spinn2sim.mapping.place import PlacedNetwork, place_parts
from spinn2sim.mapping.problem import Problem
from spinn2sim.mapping.timing import schedule
from spinn2sim.mapping.traffic_bound import BoardTraffic
from spinn2sim.mapping.transfers import all_transfers

# The phases in whose ticks packets of a kind are sent.
SENT_IN: dict[Kind, tuple[Phase, ...]] = {
    Kind.SPIKE: (Phase.FORWARD,),
    Kind.ERROR: (Phase.LOSS, Phase.BACKWARD),
    Kind.GUARD: (Phase.LOSS,),
}


@dataclass(frozen=True)
class _Placed:
    """A partition, and for each of its blocks the number of the chip that it is on."""

    partition: Partition
    blocks: tuple[Block, ...]
    chips: tuple[int, ...]


def build_model_plan(problem: BoardProblem) -> BoardPlan:
    """Build the plans of all chips. Raises MappingError if something does not fit."""
    board, hardware = problem.board, [problem.hardware[chip] for chip in problem.board.chips]
    problems = [_problem_of(problem, chip, one) for chip, one in enumerate(hardware)]
    placed = _place(problem, problems[0], hardware)
    rng = problem.draw()
    networks = [
        place_parts(*_on_chip(placed, chip), problem.options, one, rng) if chip in placed.chips else None
        for chip, one in enumerate(hardware)
    ]
    tables = _tables(problem, networks, hardware)
    traffic = BoardTraffic(board, problem.links, tables, hardware)
    chips = [
        _map_chip(problem, one, network or _nothing(placed.partition), entries)
        for one, network, entries in zip(problems, networks, tables, strict=True)
    ]
    bounds = _bounds_us(chips, traffic)
    rounds = reduce_rounds(problem.options, placed.partition)
    crosses = _crossing(tables)
    plans = tuple(one.plan(schedule(bounds, rounds, one.groups, problem.options, 0, crosses)) for one in chips)
    return BoardPlan(board, problem.links, plans)


def _problem_of(problem: BoardProblem, chip: int, hardware: HardwareOptions) -> Problem:
    """State what is to be mapped, with one chip of the board."""
    try:
        return make_problem(problem.graph, problem.events, problem.options, hardware, problem.firmware)
    except MappingError as error:
        raise MappingError(f"chip {problem.board.chips[chip]} of the board: {error}") from None


def _place(problem: BoardProblem, one: Problem, hardware: Sequence[HardwareOptions]) -> _Placed:
    """Cut the network, and choose a chip for each block, with the fewest reduce rounds with which all find room."""
    populations = cut_populations(one)
    room = [chip.available_pes for chip in hardware]
    best: tuple[list[Block], Unplaced] | None = None
    for units, slots in optimizer_choices(one, populations.shares, populations.as_rows):
        blocks = blocks_of(problem.graph, populations, units, problem.options.copies)
        found = place_blocks(problem.graph, blocks, problem.board, room)
        if not isinstance(found, Unplaced):
            return _Placed(populations.with_optimizer(one, units, slots), tuple(blocks), found)
        if best is None or sum(b.pes for b in blocks) < sum(b.pes for b in best[0]):
            best = blocks, found
    assert best is not None  # noqa: S101 - optimizer_choices yields one, or raises
    raise MappingError(too_few_pes(problem, *best, room))


def _on_chip(placed: _Placed, chip: int) -> tuple[Partition, tuple[tuple[int, ...], ...], bool]:
    """Return what a chip has: the partition with the optimizer units on it, the parts of each population, and whether the loss."""
    own = [block for block, home in zip(placed.blocks, placed.chips, strict=True) if home == chip]
    parts = tuple(
        tuple(part for block in own if block.population == population for part in block.parts)
        for population in range(len(placed.partition.shares))
    )
    units = tuple(unit for unit in placed.partition.optimizer if unit.part in parts[unit.population])
    return replace(placed.partition, optimizer=units), parts, any(block.is_loss for block in own)


def _nothing(cut: Partition) -> PlacedNetwork:
    """Return what is on a chip that no part of the network is on."""
    return PlacedNetwork(replace(cut, optimizer=()), (), (), ())


def _tables(
    problem: BoardProblem, networks: Sequence[PlacedNetwork | None], hardware: Sequence[HardwareOptions]
) -> list[tuple[RoutingEntry, ...]]:
    """Make the routing tables. Raises MappingError if one is too small, or no way leads from a chip to another."""
    options, board = problem.options, problem.board
    tables = BoardTables(problem.graph, board, problem.links, networks, options.copies, options.sends_guards)
    try:
        found = tables.entries()
    except ValueError as error:
        raise MappingError(f"board: {error}; parts of the network on them must be joined") from None
    for chip, entries, one in zip(board.chips, found, hardware, strict=True):
        lines = one.dead.live_router_lines
        if len(entries) > lines:
            dead = f", of which {ROUTER_ENTRIES - lines} are dead" if lines < ROUTER_ENTRIES else ""
            raise MappingError(
                f"the event router's table of chip {chip} needs {len(entries)} entries, there are {ROUTER_ENTRIES}{dead}; lower "
                "training.copies or cut populations into fewer parts (mapping.neurons_per_pe or mapping.pes_per_layer)"
            )
    return found


def _map_chip(
    problem: BoardProblem, one: Problem, network: PlacedNetwork, entries: tuple[RoutingEntry, ...]
) -> MappedChip:
    """Make groups and transfers of one chip."""
    transfers = all_transfers(network, problem.firmware)
    groups = make_groups(network, transfers, problem.firmware, one.hardware.fifo_capacity)
    return MappedChip(one, network, entries, transfers, groups)


def _bounds_us(chips: Sequence[MappedChip], traffic: BoardTraffic) -> dict[Phase, int]:
    """Return the smallest whole numbers of us that cover the worst wake of each phase on any chip, and the slowest packet after it."""
    bounds: dict[Phase, int] = {}
    for phase in CHIP_PHASES:
        flows = [flow for chip, one in enumerate(chips) for flow in one.bound.flows(phase, traffic, chip)]
        network_q = traffic.network_q(flows)
        bounds[phase] = max(one.bound.covering_us(phase, network_q) for one in chips)
    return bounds


def _crossing(tables: Sequence[Sequence[RoutingEntry]]) -> frozenset[Phase]:
    """Return the phases in which packets leave a chip over a link."""
    kinds = {Kind(entry.key >> KIND_SHIFT) for entries in tables for entry in entries if entry.links}
    return frozenset(phase for kind in kinds for phase in SENT_IN[kind])
