"""Builds the plan of a network, step by step: partition, placement, routes, transfers, groups, timing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from spinn2sim.errors import MappingError
from spinn2sim.graph import Graph
from spinn2sim.hardware.hardware_options import HardwareOptions
from spinn2sim.hardware.packet import (
    COPY_MASK,
    LAYER_MASK,
    NEURON_MASK,
    WIDE_COPY_MASK,
    WIDE_LAYER_MASK,
    RoutingEntry,
    neuron_mask,
)
from spinn2sim.hardware.plan import Group, Plan, ProjectionForm, Schedule, Transfer
from spinn2sim.hardware.program import Firmware
from spinn2sim.mapping.broken_chip import refuse_broken_chip
from spinn2sim.mapping.groups import make_groups
from spinn2sim.mapping.mapping_options import MappingOptions
from spinn2sim.mapping.partition import Partition, partition
from spinn2sim.mapping.place import PlacedNetwork, place_network
from spinn2sim.mapping.problem import Problem
from spinn2sim.mapping.projection_forms import projection_forms
from spinn2sim.mapping.routing_keys import routing_entries
from spinn2sim.mapping.timing import TrafficBound, schedule
from spinn2sim.mapping.transfers import all_transfers


def build_plan(
    graph: Graph,
    events: int,
    options: MappingOptions,
    hardware: HardwareOptions,
    firmware: Firmware,
    rng: np.random.Generator,
) -> Plan:
    """Build the plan of a network. `events` is the most spikes of one sample. Raises MappingError if something does not fit."""
    problem = make_problem(graph, events, options, hardware, firmware)
    mapped = map_chip(problem, partition(problem), rng)
    rounds = reduce_rounds(options, mapped.network.partition)
    return mapped.plan(schedule(mapped.bound.phases_us(), rounds, mapped.groups, options))


@dataclass(frozen=True, eq=False)
class MappedChip:
    """A network that has been placed on one chip and routed there: a plan but for its schedule."""

    problem: Problem
    network: PlacedNetwork
    entries: tuple[RoutingEntry, ...]
    transfers: tuple[Transfer, ...]
    groups: tuple[Group, ...]

    @cached_property
    def bound(self) -> TrafficBound:
        """The bound on the time of its ticks."""
        problem = self.problem
        return TrafficBound(
            self.network, self.entries, self.transfers, problem.firmware, problem.hardware, problem.options.sends_guards
        )

    @cached_property
    def _projections(self) -> tuple[ProjectionForm, ...]:
        return projection_forms(self.problem, self.network.partition)

    def plan(
        self,
        schedule: Schedule,
        entries: tuple[RoutingEntry, ...] | None = None,
        groups: tuple[Group, ...] | None = None,
    ) -> Plan:
        """Make the plan, with other entries or groups if they are given."""
        return Plan(
            copies=self.problem.options.copies,
            graph=self.problem.graph,
            shares=self.network.shares,
            groups=groups or self.groups,
            entries=entries or self.entries,
            transfers=self.transfers,
            schedule=schedule,
            projections=self._projections,
            **self.problem.hardware.for_plan(),
        )


def make_problem(
    graph: Graph, events: int, options: MappingOptions, hardware: HardwareOptions, firmware: Firmware
) -> Problem:
    """State what is to be mapped onto one chip. Raises MappingError if keys cannot name it, or the chip is too broken for anything."""
    _check_key_fields(options.copies, graph)
    refuse_broken_chip(hardware.dead)
    return Problem(graph, events, options, hardware, firmware)


def map_chip(problem: Problem, cut: Partition, rng: np.random.Generator) -> MappedChip:
    """Place and route a partition on a chip. Raises MappingError if the routing table is too small."""
    options, hardware, firmware = problem.options, problem.hardware, problem.firmware
    network = place_network(cut, options, hardware, rng)
    entries = routing_entries(network, options.sends_guards, hardware.dead.live_router_lines)
    transfers = all_transfers(network, firmware)
    groups = make_groups(network, transfers, firmware, hardware.fifo_capacity)
    return MappedChip(problem, network, entries, transfers, groups)


def reduce_rounds(options: MappingOptions, cut: Partition) -> int:
    """Return in how many rounds the gradients of all copies are summed."""
    return -(-options.copies // cut.slots)


def _check_key_fields(copies: int, graph: Graph) -> None:
    """Raise MappingError if the copies, the populations or their neurons do not fit into the fields of a key."""
    count = len(graph.populations)
    wide = count > LAYER_MASK + 1
    # A chip has fewer PEs than KEY_COPIES, from which on a copy would look like the mark of wide keys.
    most = WIDE_COPY_MASK + 1 if wide else COPY_MASK + 1
    if count > WIDE_LAYER_MASK + 1:
        raise MappingError(f"the network has {count} populations; keys have room for {WIDE_LAYER_MASK + 1}")
    if copies > most:
        beside = f" of a network of more than {LAYER_MASK + 1} populations" if wide else ""
        raise MappingError(f"training.copies is {copies}; a key has room for {most} copies{beside}")
    for k, population in enumerate(graph.populations):
        if population.size > neuron_mask(k) + 1:
            others = f"; of the first {LAYER_MASK + 1} populations, for {NEURON_MASK + 1}" if wide else ""
            raise MappingError(
                f"population {population.name} has {population.size} neurons; its keys have room for {neuron_mask(k) + 1}{others}"
            )
