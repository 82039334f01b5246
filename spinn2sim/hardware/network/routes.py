"""Ways through the chip as tuples of stages, and the time they take without load; a way never depends on traffic.

Every channel counts as a hop: injection, mesh, ejection, and the DRAM interface, which takes the place of the
injection or the
ejection. Entering the event router is the last mesh hop into its slot, leaving it the first hop out of it.

Reads and writes of a DRAM interface have a channel each: were it one, a chain of waits could lead from the event router over a write
and a read back to the router, and the order in which channels depend on each other would have a cycle.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from spinn2sim.hardware.facts import PIPELINE_Q, Quad, dram_slot_of, quad_of, slot_of, xy_route
from spinn2sim.hardware.network.channel import Channel
from spinn2sim.hardware.network.event_router import NO_ENTRY
from spinn2sim.hardware.network.fifo import Fifo
from spinn2sim.hardware.network.packet_copy import Leg, Path, Stage

DRAM_CORE = 0


class Stages(NamedTuple):
    """All stages of the chip by place."""

    injection: dict[Quad, Channel]
    ejection: dict[Quad, Channel]
    mesh: dict[tuple[Quad, Quad], Channel]
    dram_read: dict[Quad, Channel]
    dram_write: dict[Quad, Channel]
    router: Stage
    fifo_landing: Stage
    sram_landing: tuple[Stage, ...]
    fifos: dict[int, Fifo]

    def channels(self) -> list[Channel]:
        """Every channel, in a stated order: injection, ejection (by quad), mesh, DRAM reads, DRAM writes."""
        return [channel for place in self[:5] for channel in place.values()]


def quad_rank(quad: Quad) -> int:
    """The tie rule between copies of one packet: by x, then y; never 0."""
    return quad[0] * 8 + quad[1]


def by_quad(cores: Iterable[int]) -> list[tuple[Quad, tuple[int, ...]]]:
    """Cores, grouped by quad in the order of the tie rule, by core id within a quad."""
    ordered = sorted(set(cores), key=lambda core: (quad_rank(quad_of(core)), core))
    return [(quad, tuple(members)) for quad, members in groupby(ordered, key=quad_of)]


def multicast_path(stages: Stages, source: int, entry: int, cores: Sequence[int], burst: bool) -> Path:
    """A sender's way over the event router to `cores` (none when no line of the table matches: it ends at the
    router)."""
    quad = quad_of(source)
    inward: list[Channel] = [stages.injection[quad], *(stages.mesh[hop] for hop in xy_route(quad, slot_of(quad)))]
    inbound = _leg(inward, (stages.router,), 0, (), (), (), PIPELINE_Q)
    legs: list[Leg] = []
    for end, members in by_quad(cores) if entry != NO_ENTRY else ():
        outward = [*(stages.mesh[hop] for hop in xy_route(slot_of(end), end)), stages.ejection[end]]
        landing = stages.sram_landing if burst else (stages.fifo_landing,)
        fifos = () if burst else tuple(stages.fifos[core] for core in members)
        legs.append(_leg(outward, landing, quad_rank(end), members, fifos, inward, PIPELINE_Q))
    passed = len(inward) + sum(leg.hops - len(inward) for leg in legs)
    return Path(inbound, tuple(legs), entry, 0, sum(len(leg.cores) for leg in legs) or 1, passed)


def direct_path(stages: Stages, source: int, cores: Sequence[int], dram_latency_q: int) -> Path:
    """A DMA's way over the mesh alone: PE to PE, PE to DRAM, DRAM to PE (core 0 is the DRAM). One burst per
    destination quad."""
    if source == DRAM_CORE:
        legs = [_from_dram(stages, quad, members, dram_latency_q) for quad, members in by_quad(cores)]
        return Path(None, tuple(legs), NO_ENTRY, dram_latency_q, len(set(cores)), sum(leg.hops for leg in legs))
    quad = quad_of(source)
    legs = [_to_dram(stages, quad)] if DRAM_CORE in cores else []
    for end, members in by_quad(core for core in cores if core != DRAM_CORE):
        way = [stages.injection[quad], *(stages.mesh[hop] for hop in xy_route(quad, end)), stages.ejection[end]]
        legs.append(_leg(way, stages.sram_landing, quad_rank(end), members))
    return Path(None, tuple(legs), NO_ENTRY, 0, len(set(cores)), sum(leg.hops for leg in legs))


def _from_dram(stages: Stages, end: Quad, members: tuple[int, ...], latency_q: int) -> Leg:
    slot = dram_slot_of(end)
    way = [stages.dram_read[slot], *(stages.mesh[hop] for hop in xy_route(slot, end)), stages.ejection[end]]
    return _leg(way, stages.sram_landing, quad_rank(end), members, extra_q=latency_q)


def _to_dram(stages: Stages, quad: Quad) -> Leg:
    slot = dram_slot_of(quad)
    way = [stages.injection[quad], *(stages.mesh[hop] for hop in xy_route(quad, slot)), stages.dram_write[slot]]
    return _leg(way, stages.sram_landing, quad_rank(slot), (DRAM_CORE,))


def _leg(
    way: Sequence[Channel],
    landing: tuple[Stage, ...],
    quad: int,
    cores: tuple[int, ...],
    fifos: tuple[Fifo, ...] = (),
    before: Sequence[Channel] = (),
    extra_q: int = 0,
) -> Leg:
    """A leg over `way`; hops, latency and slowest service count from the sender, with what it passed `before`."""
    whole = [*before, *way]
    unloaded = sum(channel.latency_q for channel in whole) + extra_q
    return Leg((*way, *landing), quad, cores, fifos, len(whole), unloaded, max(channel.service_q for channel in whole))
