"""Cuts populations into shares, by neurons per PE and by SRAM, and joins them with the optimizer units of their weights."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import NamedTuple

from spinn2sim.errors import MappingError
from spinn2sim.graph import Graph
from spinn2sim.hardware.chip_routes import routes_around
from spinn2sim.hardware.hardware_options import HardwareOptions
from spinn2sim.hardware.program import NOTHING_LISTED, Firmware, Unit
from spinn2sim.mapping.cuts import Cut, even_cuts
from spinn2sim.mapping.optimizer_cuts import OptimizerCut, Quantity, optimizer_choices, optimizer_unit, parts_of
from spinn2sim.mapping.problem import Problem
from spinn2sim.mapping.synapse_lists import listed_rows

SMALLER = "smaller populations (network.hidden), or lower network.steps,"
SMALLER_GRAPH = (
    "smaller populations (population.size), or lower projection.density, projection.delay_max, network.steps,"
)


@dataclass(frozen=True)
class Partition:
    """How a network is cut. Optimizer units serve all copies; they have buffer slots for the gradients of `slots` copies at a time."""

    graph: Graph
    # The shares of each population of one copy.
    shares: tuple[tuple[Cut, ...], ...]
    optimizer: tuple[OptimizerCut, ...]
    slots: int
    # What the PE of each share holds, by population and part.
    units: tuple[tuple[Unit, ...], ...]
    loss: Unit
    # The projections whose synapses PEs hold as rows of (target, delay, weight); the others are matrices.
    listed: frozenset[int]
    # The most spikes of one sample.
    events: int

    @property
    def optimized(self) -> tuple[tuple[int, Quantity], ...]:
        """The groups of optimizer PEs: population, and what they hold."""
        return tuple(dict.fromkeys((cut.population, cut.quantity) for cut in self.optimizer))

    def group(self, population: int) -> str:
        """Return the name of the group of a population's PEs."""
        return self.graph.populations[population].name

    def optimizer_group(self, population: int, quantity: Quantity) -> str:
        """Return the name of the group of a population's optimizer PEs for its weights or its delays."""
        return f"optimizer{population}" if quantity == "weights" else f"optimizer{population}_{quantity}"

    def units_of(self, population: int, quantity: Quantity) -> list[tuple[int, OptimizerCut]]:
        """Return the number and the cut of each of a population's optimizer units, in the order of the rows of its optimizer group."""
        units = enumerate(self.optimizer)
        return [(unit, cut) for unit, cut in units if (cut.population, cut.quantity) == (population, quantity)]

    def optimizer_unit(self, cut: OptimizerCut) -> Unit:
        """Return what one optimizer PE holds, in counts."""
        graph = self.graph
        share, parts = self.shares[cut.population][cut.part], len(self.shares[cut.population])
        listed = NOTHING_LISTED
        if cut.projection in self.listed and cut.quantity != "axons":
            first = graph.first_row(cut.projection)
            listed = listed_rows(graph, cut.projection, share, Cut(cut.rows.first - first, cut.rows.last - first))
        return optimizer_unit(
            cut.quantity, share.size, cut.rows.size, self.slots * parts_of(cut.quantity, parts), listed
        )

    def words(self, cut: OptimizerCut) -> int:
        """Return how many weights or delays the optimizer PE of a unit holds."""
        held = self.optimizer_unit(cut)
        return held.pre_rows * held.neurons - held.listed.absent

    def senders(self, population: int, quantity: Quantity) -> int:
        """Return how many PEs of a copy send gradients to one optimizer PE: one, but all parts for axons."""
        return parts_of(quantity, len(self.shares[population]))

    def sends_counts(self, population: int, firmware: Firmware) -> bool:
        """Whether a population's spike counts are sent with its gradients; a readout has none."""
        return firmware.send_counts and self.graph.populations[population].kind == "lif"


def partition(problem: Problem) -> Partition:
    """Cut every population into shares, and its weights into optimizer units, for one chip.

    The units are those of the fewest reduce rounds with which they fit beside the copies. Raises MappingError if something does not fit.
    """
    populations = cut_populations(problem)
    copies, available = problem.options.copies, problem.hardware.available_pes
    copy_pes = populations.pes_per_copy
    fewest = 0
    for units, slots in optimizer_choices(problem, populations.shares, populations.as_rows):
        if copies * copy_pes + len(units) <= available:
            return populations.with_optimizer(problem, units, slots)
        fewest = min(fewest or len(units), len(units))
    raise MappingError(
        f"{copies} copies need {copies * copy_pes} PEs ({copy_pes} each) and the optimizer {fewest}, together "
        f"{copies * copy_pes + fewest}; the chip has {available}{lost_pes(problem.hardware)}; "
        f"{_fewer_pes(problem, copy_pes, fewest)}"
    )


class CutPopulations(NamedTuple):
    """The shares of each population, the projections into it that PEs hold as rows, and the loss."""

    shares: tuple[tuple[Cut, ...], ...]
    listed: tuple[tuple[int, ...], ...]
    loss: Unit

    @property
    def pes_per_copy(self) -> int:
        """The number of input, LIF, readout and loss PEs of one copy."""
        return sum(len(shares) for shares in self.shares) + 1

    @property
    def as_rows(self) -> frozenset[int]:
        """All projections that PEs hold as rows."""
        return frozenset(q for some in self.listed for q in some)

    def with_optimizer(self, problem: Problem, optimizer: tuple[OptimizerCut, ...], slots: int) -> Partition:
        """Make the partition with these optimizer units."""
        graph, slices = problem.graph, Counter((cut.population, cut.part) for cut in optimizer)
        parts = [len(shares) for shares in self.shares]
        senders = [sum(parts[graph.projections[q].post] for q in graph.outgoing(k)) for k in range(len(parts))]
        units = tuple(
            tuple(
                replace(
                    problem.unit(population, cut, self.listed[population]),
                    slices=slices[population, part],
                    error_senders=senders[population],
                )
                for part, cut in enumerate(shares)
            )
            for population, shares in enumerate(self.shares)
        )
        return Partition(graph, self.shares, optimizer, slots, units, self.loss, self.as_rows, problem.events)


def cut_populations(problem: Problem) -> CutPopulations:
    """Cut every population into shares. Raises MappingError if something does not fit into the SRAM of a PE."""
    graph = problem.graph
    parts = [_count_parts(problem, population) for population in range(len(graph.populations))]
    cuts = tuple(even_cuts(n, p) for n, p in zip(graph.sizes, parts, strict=True))
    program = "peak_loss" if graph.has_readout else "loss"
    loss = Unit(program, sources=graph.sizes[graph.output])
    problem.refuse_if_too_large(loss, "the loss", "a smaller output population")
    return CutPopulations(
        cuts, tuple(problem.listed(population, shares) for population, shares in enumerate(cuts)), loss
    )


def _count_parts(problem: Problem, population: int) -> int:
    """Return in how many parts a population is cut: as many as asked for, otherwise the fewest that fit."""
    n, options, chain = problem.graph.sizes[population], problem.options, problem.graph.is_chain
    what = f"population {problem.graph.populations[population].name}"
    if options.pes_per_layer is not None:
        parts = options.pes_per_layer[population]
        if parts > n:
            raise MappingError(
                f"mapping.pes_per_layer asks for {parts} PEs for {what}, which has {n} neurons; at most {n}"
            )
        problem.refuse_if_too_large(
            problem.fullest(population, even_cuts(n, parts)),
            f"{what} cut into {parts}",
            "raise mapping.pes_per_layer, or lower mapping.spikes_per_neuron or chip.fifo_capacity",
        )
        return parts
    parts = 1 if options.neurons_per_pe is None else -(-n // options.neurons_per_pe)
    while parts < n and not problem.fits(problem.fullest(population, even_cuts(n, parts))):
        parts += 1
    problem.refuse_if_too_large(
        problem.fullest(population, even_cuts(n, parts)),
        f"{-(-n // parts)} neuron(s) of {what}",
        f"use {SMALLER if chain else SMALLER_GRAPH} mapping.spikes_per_neuron or chip.fifo_capacity",
    )
    return parts


def _fewer_pes(problem: Problem, copy_pes: int, optimizers: int) -> str:
    """Say what would make a network fit that needs more PEs than there are."""
    most = max(0, (problem.hardware.available_pes - optimizers) // copy_pes)
    if most:
        return f"at most about {most} copies fit (training.copies)"
    graph = problem.graph
    fewest = len(graph.populations) + 1 + len(graph.projections)
    if fewest > problem.hardware.available_pes:
        return (
            f"a PE holds neurons of one population, or synapses of one projection, so that {len(graph.populations)} populations and "
            f"{len(graph.projections)} projections need {fewest} at least: use fewer"
        )
    lower = "network.hidden" if graph.is_chain else "population.size, projection.density, projection.delay_max"
    return f'lower {lower} or chip.reserved_pes, or take several chips ([board] with parallel = "model")'


def lost_pes(hardware: HardwareOptions) -> str:
    """Say which PEs a chip with dead parts does without; nothing about a whole chip."""
    if not hardware.dead:
        return ""
    cut_off = len(routes_around(hardware.dead).cut_off)
    return f" ({len(hardware.dead.pes)} are dead, {cut_off} cut off by dead channels, {hardware.reserved_pes} reserved)"
