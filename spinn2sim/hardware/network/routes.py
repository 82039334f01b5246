"""Makes paths through the hardware, as tuples of stages with their latency in an empty network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from spinn2sim.hardware.board.shape import LINK_CORE
from spinn2sim.hardware.chip_routes import ChipRoutes
from spinn2sim.hardware.facts import PIPELINE_Q
from spinn2sim.hardware.geometry import DRAM_CORE, EVENT_ROUTER, ChannelId, by_quad, quad_rank
from spinn2sim.hardware.network.channel import Channel
from spinn2sim.hardware.network.fifo import Fifo
from spinn2sim.hardware.network.link import LINK_RANK, Link
from spinn2sim.hardware.network.packet_copy import Path, PathSegment, Stage
from spinn2sim.hardware.packet import RoutingEntry
from spinn2sim.hardware.routing_table import NO_ENTRY

Channels = tuple[Channel, ...]


class Stages(NamedTuple):
    """All stages of the network."""

    # In the order of geometry.channels().
    channels: dict[ChannelId, Channel]
    router: Stage
    # The end of a packet's path, and the two ends of a burst's.
    fifo_end: Stage
    sram_ends: tuple[Stage, ...]
    # By core id.
    fifos: dict[int, Fifo]
    routes: ChipRoutes
    # The links that lead to other chips, by number.
    links: dict[int, Link]

    def route(self, source: int, destination: int) -> Channels:
        """Return the channels on the route between two places."""
        return tuple(self.channels[channel] for channel in self.routes.route(source, destination))


def multicast_path(stages: Stages, source: int, line: int, ends: RoutingEntry, burst: bool) -> Path:
    """Make a sender's path over the event router to the PEs and links of `ends`; it ends at the router if these are none.

    `line` is the number of the table's line, or NO_ENTRY. What came over a link is in the event router at once.
    """
    way_in = stages.route(source, EVENT_ROUTER) if source < LINK_CORE else ()
    inbound = _segment(way_in, (stages.router,), 0, (), extra_q=PIPELINE_Q)
    segments: list[PathSegment] = []
    for quad, members in by_quad(ends.cores):
        way_out = stages.route(EVENT_ROUTER, members[0])
        last = stages.sram_ends if burst else (stages.fifo_end,)
        segment = _segment(way_out, last, quad_rank(quad), members, way_in, PIPELINE_Q)
        segments.append(segment if burst else segment._replace(fifos=tuple(stages.fifos[core] for core in members)))
    for link in ends.links:
        segments.append(_segment((stages.links[link],), (), LINK_RANK, (LINK_CORE + link,), way_in, PIPELINE_Q))
    passed = len(way_in) + sum(segment.hops - len(way_in) for segment in segments)
    return Path(inbound, tuple(segments), line, 0, sum(len(one.cores) for one in segments) or 1, passed)


def direct_path(stages: Stages, source: int, cores: Sequence[int], dram_latency_q: int) -> Path:
    """Make the path of a direct DMA transfer over the mesh: PE to PE, PE to DRAM, DRAM to PE. One segment per destination quad."""
    lead_q = dram_latency_q if source == DRAM_CORE else 0
    segments: list[PathSegment] = []
    if DRAM_CORE in cores and source != DRAM_CORE:
        way = stages.route(source, DRAM_CORE)
        segments.append(_segment(way, stages.sram_ends, quad_rank(_last_quad(stages, source)), (DRAM_CORE,)))
    for quad, members in by_quad(core for core in cores if core != DRAM_CORE):
        way = stages.route(source, members[0])
        segments.append(_segment(way, stages.sram_ends, quad_rank(quad), members, extra_q=lead_q))
    hops = sum(segment.hops for segment in segments)
    return Path(None, tuple(segments), NO_ENTRY, lead_q, len(set(cores)), hops)


def _last_quad(stages: Stages, source: int) -> tuple[int, int]:
    """Return the quad at which the route from a PE to the DRAM leaves the mesh."""
    return stages.routes.route(source, DRAM_CORE)[-1].end


def _segment(
    way: Channels,
    ends: tuple[Stage, ...],
    quad: int,
    cores: tuple[int, ...],
    before: Channels = (),
    extra_q: int = 0,
) -> PathSegment:
    """Make a segment over `way`. Its hops, latency and slowest service count from the sender, including the channels `before`."""
    whole = (*before, *way)
    unloaded_q = sum(channel.latency_q for channel in whole) + extra_q
    slowest_q = max((channel.service_q for channel in whole), default=0)
    return PathSegment((*way, *ends), quad, cores, (), len(whole), unloaded_q, slowest_q)
