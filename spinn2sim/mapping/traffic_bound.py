"""Bounds the time that packets of one tick take on a chip, or on a board: over the mesh, through event routers, and over links.

At a first-come-first-served station (a channel, an event router, a link) a packet waits at most for all others that pass it in the same
tick. So the time to a destination is at most the sum, over the stations of the way, of a hop's latency and the service of everything that
passes. By induction, no packet of an earlier tick is left when a tick begins.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from spinn2sim.hardware import facts
from spinn2sim.hardware.board.link_options import LinkOptions
from spinn2sim.hardware.board.shape import Board, opposite
from spinn2sim.hardware.chip_routes import ChipRoutes, routes_around
from spinn2sim.hardware.geometry import EVENT_ROUTER, ChannelId, ChannelKind, by_quad
from spinn2sim.hardware.hardware_options import HardwareOptions
from spinn2sim.hardware.packet import RoutingEntry
from spinn2sim.hardware.plan import Transfer
from spinn2sim.hardware.routing_table import NO_ENTRY, RoutingTable

DRAM_KINDS = (ChannelKind.DRAM_READ, ChannelKind.DRAM_WRITE)
ROUTER: Literal["router"] = "router"
# A chip's number, and one of its channels, its event router, or one of its links.
Station = tuple[int, ChannelId | int | Literal["router"]]


class Leg(NamedTuple):
    """Stations that a packet passes in order, and where it goes on from the last one: to nowhere if it has arrived."""

    stations: tuple[Station, ...]
    onward: tuple[Leg, ...] = ()


class Flow(NamedTuple):
    """`packets` packets of `flits` flits each, which one sender can send in a tick, and their way."""

    way: Leg
    packets: int
    flits: int = 1
    latency_q: int = 0


class Ends(NamedTuple):
    """Where an event router sends a packet: PEs of its chip, and links."""

    cores: tuple[int, ...]
    links: tuple[int, ...]


@dataclass(frozen=True)
class BoardTraffic:
    """The ways of packets over a board, and what they cost. `tables` and `hardware` are in the order of the board's chips."""

    board: Board
    links: LinkOptions
    tables: Sequence[Sequence[RoutingEntry]]
    hardware: Sequence[HardwareOptions]

    def packets(self, chip: int, core: int, key: int, count: int) -> Flow:
        """Return the flow of packets with one key from a PE of chip number `chip`. Raises ValueError if it goes in a circle."""
        way_in = self._channels(chip, self._routes[chip].route(core, EVENT_ROUTER))
        arrival = self.from_router(chip, key)
        return Flow(Leg((*way_in, *arrival.stations), arrival.onward), count)

    def burst(self, chip: int, transfer: Transfer) -> Flow:
        """Return the flow of one transfer, which never leaves its chip."""
        source, flits, routes = transfer.source_core, facts.flits_of(transfer.bytes), self._routes[chip]
        if transfer.multicast:
            way_in = self._channels(chip, routes.route(source, EVENT_ROUTER))
            way = Leg((*way_in, (chip, ROUTER)), tuple(self._to_quads(chip, transfer.destination_cores)))
            return Flow(way, 1, flits)
        latency_q = self.hardware[chip].dram_latency_q if source == 0 else 0
        return Flow(Leg(self._channels(chip, routes.route(source, transfer.destination_cores[0]))), 1, flits, latency_q)

    def ends(self, chip: int, key: int, came: int | None) -> Ends:
        """Return where the event router of a chip sends a packet, which came over the link `came`, or from a PE of the chip."""
        line = self._tables[chip].match(key)
        if line != NO_ENTRY:
            entry = self.tables[chip][line]
            return Ends(entry.cores, entry.links)
        if came is None or not self.links.default_route:
            return Ends((), ())
        ahead = opposite(came)
        return Ends((), (ahead,) if self.board.neighbour(self.board.chips[chip], ahead) is not None else ())

    def from_router(self, chip: int, key: int) -> Leg:
        """Return the way of a packet from the event router of a chip on. Raises ValueError if it comes to a chip twice."""
        return self._onward(chip, key, None, set())

    def network_q(self, flows: Iterable[Flow]) -> int:
        """Bound the time, in quanta, from the sending to the delivery of any packet of these flows, all in one tick."""
        sent = list(flows)
        load: Counter[Station] = Counter()
        for flow in sent:
            for station in _stations(flow.way):
                load[station] += flow.packets * flow.flits
        return max((flow.latency_q + self._longest(flow.way, flow.flits, load) for flow in sent), default=0)

    def _onward(self, chip: int, key: int, came: int | None, seen: set[int]) -> Leg:
        if chip in seen:
            raise ValueError(f"key {key:#010x} comes to chip {self.board.chips[chip]} twice")
        seen.add(chip)
        ends = self.ends(chip, key, came)
        legs = list(self._to_quads(chip, ends.cores))
        for link in ends.links:
            neighbour = self.board.neighbour(self.board.chips[chip], link)
            if neighbour is None:
                raise ValueError(
                    f"key {key:#010x} leaves chip {self.board.chips[chip]} over link {link}, which leads nowhere"
                )
            there = self._onward(self.board.numbers[neighbour], key, opposite(link), seen)
            legs.append(Leg(((chip, link), *there.stations), there.onward))
        return Leg(((chip, ROUTER),), tuple(legs))

    def _to_quads(self, chip: int, cores: Sequence[int]) -> Iterator[Leg]:
        """Yield a leg from the event router to each quad of some PEs."""
        for _, members in by_quad(cores):
            yield Leg(self._channels(chip, self._routes[chip].route(EVENT_ROUTER, members[0])))

    def _longest(self, leg: Leg, flits: int, load: Counter[Station]) -> int:
        """Return the most time to any end of a way."""
        here = sum(self.station_q(station, flits, load[station]) for station in leg.stations)
        return here + max((self._longest(onward, flits, load) for onward in leg.onward), default=0)

    def station_q(self, station: Station, own: int, flits: int) -> int:
        """Return the most time that a burst of `own` flits spends at a station which `flits` flits pass."""
        chip, place = station
        if isinstance(place, ChannelId):
            service_q = self.hardware[chip].dram_flit_q if place.kind in DRAM_KINDS else facts.FLIT_Q
            return facts.HOP_Q + flits * service_q
        if isinstance(place, int):
            return flits * self.links.service_q + self.links.latency_q
        return (-(-flits // facts.ROUTER_ENGINES) + own) * facts.ROUTER_Q + facts.PIPELINE_Q

    @staticmethod
    def _channels(chip: int, channels: Iterable[ChannelId]) -> tuple[Station, ...]:
        return tuple((chip, channel) for channel in channels)

    @cached_property
    def _tables(self) -> tuple[RoutingTable, ...]:
        return tuple(RoutingTable(entries) for entries in self.tables)

    @cached_property
    def _routes(self) -> tuple[ChipRoutes, ...]:
        return tuple(routes_around(one.dead) for one in self.hardware)


def _stations(leg: Leg) -> Iterator[Station]:
    """Yield each station of a way, as often as copies of one packet pass it."""
    yield from leg.stations
    for onward in leg.onward:
        yield from _stations(onward)
