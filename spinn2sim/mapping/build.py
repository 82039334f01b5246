"""Builds the plan of a network, step by step: partition, placement, routes, transfers, groups, timing."""

from __future__ import annotations

import numpy as np

from spinn2sim.errors import MappingError
from spinn2sim.graph import Graph
from spinn2sim.hardware.hardware_options import HardwareOptions
from spinn2sim.hardware.packet import COPY_MASK, LAYER_MASK
from spinn2sim.hardware.plan import Plan
from spinn2sim.hardware.program import Firmware
from spinn2sim.mapping.broken_chip import refuse_broken_chip
from spinn2sim.mapping.groups import make_groups
from spinn2sim.mapping.mapping_options import MappingOptions
from spinn2sim.mapping.partition import partition
from spinn2sim.mapping.place import place_network
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
    network = place_network(partition(graph, events, options, hardware, firmware), options, hardware, rng)
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
        core_quanta=hardware.core_quanta,
        fifo_capacity=hardware.fifo_capacity,
        fifo_policy=hardware.fifo_policy,
        dram_flit_q=hardware.dram_flit_q,
        dram_latency_q=hardware.dram_latency_q,
        pes_available=hardware.available_pes,
        dead=hardware.dead,
        faults=hardware.faults,
    )


def _check_key_fields(copies: int, graph: Graph) -> None:
    """Raise MappingError if the copies or the populations do not fit into the fields of a key."""
    if copies > COPY_MASK + 1:
        raise MappingError(f"training.copies is {copies}; a key has room for {COPY_MASK + 1} copies")
    if len(graph.populations) > LAYER_MASK + 1:
        raise MappingError(f"the network has {len(graph.populations)} populations; a key has room for {LAYER_MASK + 1}")
