"""Cuts the weights and delays of a network into what optimizer PEs hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from spinn2sim.errors import MappingError
from spinn2sim.graph import Graph
from spinn2sim.hardware.program import NOTHING_LISTED, Listed, Unit
from spinn2sim.mapping.cuts import Cut, even_cuts
from spinn2sim.mapping.problem import Problem
from spinn2sim.mapping.synapse_lists import most_synapses

Quantity = Literal["weights", "delays", "axons"]


@dataclass(frozen=True)
class OptimizerCut:
    """What one optimizer PE holds: source rows of one projection into one part of a population.

    Axonal delays, which all parts share, are those of "part" 0.
    """

    population: int
    part: int
    rows: Cut
    projection: int
    quantity: Quantity = "weights"


def parts_of(quantity: Quantity, parts: int) -> int:
    """Return how many PEs of a copy send gradients to one optimizer PE: one, but all parts of a population for axons."""
    return parts if quantity == "axons" else 1


def optimizer_unit(quantity: Quantity, neurons: int, rows: int, slots: int, listed: Listed) -> Unit:
    """Make the unit of an optimizer PE for a share of `neurons` neurons."""
    neurons = 1 if quantity == "axons" else neurons
    return Unit("optimizer", neurons=neurons, pre_rows=rows, slots=slots, delays=quantity != "weights", listed=listed)


def optimizer_choices(
    problem: Problem, cuts: tuple[tuple[Cut, ...], ...], listed: frozenset[int]
) -> Iterator[tuple[tuple[OptimizerCut, ...], int]]:
    """Yield optimizer units and their slots, for more and more reduce rounds, if a row of gradients fits into a PE.

    Raises MappingError for more rounds than copies, and if no number of rounds would do.
    """
    copies, asked = problem.options.copies, problem.options.reduce_rounds
    if asked is not None and asked > copies:
        raise MappingError(f"mapping.reduce_rounds is {asked}, with {copies} copies it can be at most {copies}")
    found = False
    for rounds in [asked] if asked else range(1, copies + 1):
        slots = -(-copies // rounds)
        units = optimizer_cuts(problem, cuts, slots, listed)
        if units is not None:
            found = True
            yield units, slots
    if not found:
        fewer = "network.hidden" if problem.graph.is_chain else "population.size"
        raise MappingError(
            f"one row of a population's gradients from {copies} copies does not fit beside its optimizer state on one PE; "
            f"raise mapping.reduce_rounds or lower {fewer} or chip.fifo_capacity"
        )


def optimizer_cuts(
    problem: Problem, cuts: tuple[tuple[Cut, ...], ...], slots: int, listed: frozenset[int]
) -> tuple[OptimizerCut, ...] | None:
    """Cut each share's source rows evenly into units for as few PEs as can hold them. Returns None if a single row does not fit."""
    units: list[OptimizerCut] = []
    for block in _optimized_blocks(problem.graph, cuts):
        population, projection, part, quantity = block
        rows = _rows_that_fit(problem, block, cuts[population], slots, projection in listed)
        if rows is None:
            return None
        first = problem.graph.first_row(projection)
        units += [
            OptimizerCut(population, part, Cut(first + cut.first, first + cut.last), projection, quantity)
            for cut in rows
        ]
    return tuple(units)


def _rows_that_fit(
    problem: Problem, block: tuple[int, int, int, Quantity], shares: Sequence[Cut], slots: int, listed: bool
) -> tuple[Cut, ...] | None:
    """Cut the source rows of a block evenly for as few PEs as can hold them. Returns None if a single row does not fit."""
    _, projection, part, quantity = block
    sources, share, slots = problem.graph.shape(projection)[1], shares[part], slots * parts_of(quantity, len(shares))
    for pes in range(1, sources + 1):
        cuts, lists = even_cuts(sources, pes), NOTHING_LISTED
        if listed and quantity != "axons":
            lists = most_synapses(problem.graph, projection, share, cuts)
        if problem.fits(optimizer_unit(quantity, share.size, cuts[0].size, slots, lists)):
            return cuts
    return None


def _optimized_blocks(graph: Graph, cuts: tuple[tuple[Cut, ...], ...]) -> Iterator[tuple[int, int, int, Quantity]]:
    """Yield (population, projection, part, quantity) of all that optimizer PEs hold, learned or not."""
    for population, shares in enumerate(cuts):
        for part in range(len(shares)):
            for projection in graph.incoming(population):
                yield population, projection, part, "weights"
        for projection in graph.incoming(population):
            if graph.projections[projection].delay_max > 0:
                axonal = graph.projections[projection].learn == "axonal"
                for part in range(1 if axonal else len(shares)):
                    yield population, projection, part, "axons" if axonal else "delays"
