"""Builds the plan of a script's network: slices on PEs, a routing entry for each slice that has targets, and one phase of ticks."""

from __future__ import annotations

import numpy as np

from spinn2sim.errors import MappingError
from spinn2sim.hardware.facts import ROUTER_ENTRIES
from spinn2sim.hardware.hardware_options import HardwareOptions
from spinn2sim.hardware.packet import WIDE_LAYER_MASK, Key, Kind, Phase, RoutingEntry, neuron_mask
from spinn2sim.hardware.plan import Group, PhasePlan, Plan, Schedule, Share
from spinn2sim.hardware.units import QUANTA_PER_S
from spinn2sim.mapping.place import cores_along_mesh
from spinn2sim.mapping.routing_keys import ALL_BITS, prefixes
from spinn2sim.mapping.script_images import convolution_pairs
from spinn2sim.mapping.script_slices import Ints, Memory, Slicing

PROGRAM = "script"
MOST_POPULATIONS = WIDE_LAYER_MASK + 1
# 0.1 s: 15 million cycles or more, while a PE takes at most a full buffer of packets in a tick.
LAST_TICK_Q = QUANTA_PER_S // 10


def refuse_too_large(slicing: Slicing, hardware: HardwareOptions) -> None:
    """Raise MappingError if a network needs more PEs, populations or neurons than there are."""
    graph, needed = slicing.graph, [len(cuts) for cuts in slicing.cuts]
    if sum(needed) > hardware.available_pes:
        most = max(range(len(needed)), key=needed.__getitem__)
        raise MappingError(
            f"the network needs {sum(needed)} PEs, of which population {graph.populations[most].name} needs {needed[most]}; "
            f"the chip has {hardware.available_pes}"
        )
    if len(graph.populations) > MOST_POPULATIONS:
        raise MappingError(
            f"the network has {len(graph.populations)} populations; a key has room for {MOST_POPULATIONS}"
        )
    for number, population in enumerate(graph.populations):
        if population.size > neuron_mask(number) + 1:
            raise MappingError(
                f"population {population.name}: found {population.size} neurons, its keys have room for {neuron_mask(number) + 1}"
            )


def build_script_plan(slicing: Slicing, ticks: int, period_q: int, hardware: HardwareOptions, memory: Memory) -> Plan:
    """Build the plan. Row r of its only group is share r. Raises MappingError if something does not fit."""
    refuse_too_large(slicing, hardware)
    along = [core for core in cores_along_mesh() if core in set(hardware.usable_pes)]
    shares: list[Share] = []
    for population, cuts in enumerate(slicing.cuts):
        for part, cut in enumerate(cuts):
            shares.append(Share(population, 0, part, cut.first, cut.last, along[len(shares)]))
    regions = [
        memory(slicing.graph.populations[population], counts, ticks)  # type: ignore[arg-type]
        for population, slices in enumerate(slicing.counts)
        for counts in slices
    ]
    used = tuple(sum(region.values()) for region in regions)
    fullest = regions[int(np.argmax(used))] if regions else {}
    group = Group("network", PROGRAM, 0, tuple(share.core for share in shares), {}, {}, fullest, used)
    phases = _phases(ticks, period_q)
    return Plan(
        copies=1,
        graph=slicing.graph,
        shares=tuple(shares),
        groups=(group,),
        entries=_entries(slicing, shares, hardware.dead.live_router_lines),
        transfers=(),
        schedule=Schedule(phases, phases, phases),
        **hardware.for_plan(),
    )


def _phases(ticks: int, period_q: int) -> tuple[PhasePlan, ...]:
    """Make the ticks of a run, and one more, in which PEs take the packets of the last one, which act on nothing.

    The last tick lasts until all of them have come, however short the others are, so that none of these packets counts as late.
    """
    last = (PhasePlan(Phase.FORWARD, 1, ticks - 1, ticks - 1, 1, max(period_q, LAST_TICK_Q), (0,)),)
    before = (PhasePlan(Phase.FORWARD, ticks - 1, 0, 0, 1, period_q, (0,)),) if ticks > 1 else ()
    return (*before, *last, PhasePlan(Phase.FORWARD, 1, ticks, ticks, 1, period_q, (0,)))


def listeners(slicing: Slicing) -> list[Ints]:
    """Return, for each slice of the network in order, the slices with a synapse from any of its neurons."""
    graph = slicing.graph
    firsts = np.cumsum([0, *graph.sizes])
    begins = np.concatenate(
        [[first + cut.first for cut in cuts] for first, cuts in zip(firsts, slicing.cuts, strict=False)]
    )
    pairs = []
    before = 0
    for population, cuts in enumerate(slicing.cuts):
        edges = np.array([cut.first for cut in cuts])
        sources = slicing.sources[population]
        sender = np.searchsorted(begins, sources.source, side="right") - 1
        taker = before + np.searchsorted(edges, sources.target, side="right") - 1
        pairs.append(np.unique(sender * len(begins) + taker))
        before += len(cuts)
    every = np.unique(np.concatenate([*pairs, convolution_pairs(graph, slicing.cuts)]))
    senders, takers = np.divmod(every, len(begins))
    ends = np.searchsorted(senders, np.arange(len(begins) + 1))
    return [takers[ends[n] : ends[n + 1]] for n in range(len(begins))]


def _entries(slicing: Slicing, shares: list[Share], lines: int) -> tuple[RoutingEntry, ...]:
    """Make the routing table: the spikes of a slice go to every PE with a synapse from any of its neurons."""
    parts = [len(cuts) for cuts in slicing.cuts]
    entries = []
    for share, targets in zip(shares, listeners(slicing), strict=True):
        if len(targets):
            cores, base = tuple(shares[n].core for n in targets.tolist()), Key(Kind.SPIKE, 0, share.layer, 0).pack()
            blocks = [(0, 0)] if parts[share.layer] == 1 else list(prefixes(share.first, share.last))
            mask = ALL_BITS ^ neuron_mask(share.layer)
            entries += [RoutingEntry(base | value, mask | within, cores) for value, within in blocks]
    if len(entries) > lines:
        raise MappingError(
            f"the event router's table needs {len(entries)} entries, there are {ROUTER_ENTRIES}; set fewer parts "
            "(set_max_atoms_per_core)"
        )
    return tuple(entries)
