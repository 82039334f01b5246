"""Makes the routing table: which multicast keys go to which PEs. Ranges of neurons become prefixes, as keys with masks."""

from __future__ import annotations

from collections.abc import Iterator

from spinn2sim.errors import MappingError
from spinn2sim.hardware.facts import ROUTER_ENTRIES
from spinn2sim.hardware.packet import NEURON_BITS, NEURON_MASK, Key, Kind, RoutingEntry, neuron_mask
from spinn2sim.hardware.plan import Share
from spinn2sim.mapping.place import PlacedNetwork

ALL_BITS = 0xFFFF_FFFF


def prefixes(first: int, last: int) -> Iterator[tuple[int, int]]:
    """Split neurons [first, last) into the fewest aligned blocks, each given as (value, mask)."""
    while first < last:
        size = first & -first or 1 << NEURON_BITS
        while size > last - first:
            size >>= 1
        yield first, NEURON_MASK ^ (size - 1)
        first += size


def routing_entries(network: PlacedNetwork, guard: bool, lines: int = ROUTER_ENTRIES) -> tuple[RoutingEntry, ...]:
    """Make the event router's table.

    Spikes of a population go to every PE of the populations that it projects to in the same copy, and those of the output to the loss
    PE; errors and guards go to the PE that holds the neuron; weight bursts of an optimizer unit go to its part of the population in
    every copy. Raises MappingError if these are more than the `lines` of the table.
    """
    graph = network.partition.graph
    by_place: dict[tuple[int, int], list[Share]] = {}
    for share in network.shares:
        by_place.setdefault((share.copy, share.layer), []).append(share)
    entries: list[RoutingEntry] = []
    for (copy, population), own in sorted(by_place.items()):
        posts = sorted({graph.projections[q].post for q in graph.outgoing(population)})
        targets = [share.core for post in posts for share in by_place[copy, post]]
        if population == graph.output:
            targets.append(network.loss_cores[copy])
        entries.append(
            RoutingEntry(Key(Kind.SPIKE, copy, population, 0).pack(), any_neuron(population), tuple(targets))
        )
        if graph.populations[population].kind != "input":
            entries += _to_owner(Kind.ERROR, copy, population, own)
        if population == graph.output and guard:
            entries += _to_owner(Kind.GUARD, copy, population, own)
    entries += weight_entries(network)
    if len(entries) > lines:
        dead = f", of which {ROUTER_ENTRIES - lines} are dead" if lines < ROUTER_ENTRIES else ""
        raise MappingError(
            f"the event router's table needs {len(entries)} entries, there are {ROUTER_ENTRIES}{dead}; lower training.copies or "
            "cut populations into fewer parts (mapping.neurons_per_pe or mapping.pes_per_layer)"
        )
    return tuple(entries)


def weight_entries(network: PlacedNetwork) -> Iterator[RoutingEntry]:
    """Yield the entries that send weight bursts of an optimizer unit to its part of the population in every copy."""
    by_part: dict[tuple[int, int], list[int]] = {}
    for share in network.shares:
        by_part.setdefault((share.layer, share.part), []).append(share.core)
    for number, unit in enumerate(network.partition.optimizer):
        parts = range(len(network.partition.shares[unit.population])) if unit.quantity == "axons" else (unit.part,)
        cores = tuple(core for part in parts for core in by_part[unit.population, part])
        yield RoutingEntry(weight_key(unit.population, number), ALL_BITS, cores)


def weight_key(population: int, unit: int) -> int:
    """Return the key of the weight bursts of one optimizer unit, which go to all copies."""
    return Key(Kind.WEIGHTS, 0, population, unit).pack()


def any_neuron(population: int) -> int:
    """Return the mask that leaves out the neuron of a population's keys."""
    return ALL_BITS ^ neuron_mask(population)


def _to_owner(kind: Kind, copy: int, population: int, shares: list[Share]) -> list[RoutingEntry]:
    """Make the entries that send a neuron's packets to its PE: one if a single PE holds the population, otherwise one for each prefix."""
    base, mask = Key(kind, copy, population, 0).pack(), any_neuron(population)
    if len(shares) == 1:
        return [RoutingEntry(base, mask, (shares[0].core,))]
    return [
        RoutingEntry(base | value, mask | within, (share.core,))
        for share in shares
        for value, within in prefixes(share.first, share.last)
    ]
