"""Makes the routing table: which multicast keys go to which PEs. Ranges of neurons become prefixes, as keys with masks."""

from __future__ import annotations

from collections.abc import Iterator

from spinn2sim.errors import MappingError
from spinn2sim.hardware.facts import ROUTER_ENTRIES
from spinn2sim.hardware.packet import NEURON_BITS, NEURON_MASK, Key, Kind, RoutingEntry
from spinn2sim.hardware.plan import Share

ALL_BITS = 0xFFFF_FFFF
ANY_NEURON = ALL_BITS ^ NEURON_MASK


def prefixes(first: int, last: int) -> Iterator[tuple[int, int]]:
    """Split neurons [first, last) into the fewest aligned blocks, each given as (value, mask)."""
    while first < last:
        size = first & -first or 1 << NEURON_BITS
        while size > last - first:
            size >>= 1
        yield first, NEURON_MASK ^ (size - 1)
        first += size


def routing_entries(
    shares: tuple[Share, ...], loss_cores: tuple[int, ...], weight_units: tuple[tuple[int, int], ...], guard: bool
) -> tuple[RoutingEntry, ...]:
    """Make the event router's table.

    Spikes of a layer go to every PE of the layer above in the same copy (the output layer's to its loss PE); errors and guards
    to the PE that holds the neuron; weight bursts of unit u of (layer, part) go to that part in every copy. Raises MappingError
    if the table overflows. `weight_units` are (layer, part) in the order of the optimizer units.
    """
    by_place: dict[tuple[int, int], list[Share]] = {}
    by_part: dict[tuple[int, int], list[int]] = {}
    for share in shares:
        by_place.setdefault((share.copy, share.layer), []).append(share)
        by_part.setdefault((share.layer, share.part), []).append(share.core)
    output = max(share.layer for share in shares)
    entries: list[RoutingEntry] = []
    for (copy, layer), own in sorted(by_place.items()):
        above = [s.core for s in by_place[copy, layer + 1]] if layer < output else [loss_cores[copy]]
        entries.append(RoutingEntry(Key(Kind.SPIKE, copy, layer, 0).pack(), ANY_NEURON, tuple(above)))
        if layer >= 1:
            entries += _to_owner(Kind.ERROR, copy, layer, own)
        if layer == output and guard:
            entries += _to_owner(Kind.GUARD, copy, layer, own)
    for unit, (layer, part) in enumerate(weight_units):
        entries.append(RoutingEntry(weight_key(layer, unit), ALL_BITS, tuple(by_part[layer, part])))
    if len(entries) > ROUTER_ENTRIES:
        raise MappingError(
            f"the event router's table needs {len(entries)} entries, there are {ROUTER_ENTRIES}; lower training.copies or "
            "cut layers into fewer parts (mapping.neurons_per_pe or mapping.pes_per_layer)"
        )
    return tuple(entries)


def weight_key(layer: int, unit: int) -> int:
    """Return the key of the weight bursts of one optimizer unit, which go to all copies."""
    return Key(Kind.WEIGHTS, 0, layer, unit).pack()


def _to_owner(kind: Kind, copy: int, layer: int, shares: list[Share]) -> list[RoutingEntry]:
    """Make the entries that send a neuron's packets to its PE: one if a single PE holds the layer, otherwise one for each prefix."""
    base = Key(kind, copy, layer, 0).pack()
    if len(shares) == 1:
        return [RoutingEntry(base, ANY_NEURON, (shares[0].core,))]
    return [
        RoutingEntry(base | value, ANY_NEURON | mask, (share.core,))
        for share in shares
        for value, mask in prefixes(share.first, share.last)
    ]
