"""Builds the plan of a network, step by step: partition, placement, routes, transfers, groups, timing."""

from __future__ import annotations

import numpy as np

from spinn2sim.errors import MappingError
from spinn2sim.graph import Graph
from spinn2sim.hardware.hardware_options import HardwareOptions
from spinn2sim.hardware.packet import COPY_MASK, LAYER_MASK, NEURON_MASK, WIDE_COPY_MASK, WIDE_LAYER_MASK, neuron_mask
from spinn2sim.hardware.plan import Plan
from spinn2sim.hardware.program import Firmware
from spinn2sim.mapping.broken_chip import refuse_broken_chip
from spinn2sim.mapping.groups import make_groups
from spinn2sim.mapping.mapping_options import MappingOptions
from spinn2sim.mapping.partition import partition
from spinn2sim.mapping.place import place_network
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
    _check_key_fields(options.copies, graph)
    refuse_broken_chip(hardware.dead)
    problem = Problem(graph, events, options, hardware, firmware)
    cut = partition(problem)
    network = place_network(cut, options, hardware, rng)
    entries = routing_entries(network, options.sends_guards, hardware.dead.live_router_lines)
    transfers = all_transfers(network, firmware)
    groups = make_groups(network, transfers, firmware, hardware.fifo_capacity)
    bound = TrafficBound(network, entries, transfers, firmware, hardware, options.sends_guards)
    return Plan(
        copies=options.copies,
        graph=graph,
        shares=network.shares,
        groups=groups,
        entries=entries,
        transfers=transfers,
        schedule=schedule(bound, groups, options),
        projections=projection_forms(problem, cut),
        **hardware.for_plan(),
    )


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
