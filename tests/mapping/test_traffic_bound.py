"""The bound on the time that packets of a tick take on a board."""

from __future__ import annotations

import pytest

from spinn2sim.hardware.board.link_options import LinkOptions
from spinn2sim.hardware.board.shape import rectangle
from spinn2sim.hardware.hardware_options import HardwareOptions
from spinn2sim.hardware.packet import RoutingEntry
from spinn2sim.mapping.traffic_bound import BoardTraffic

HOP_Q, FLIT_Q, ROUTER_Q, PIPELINE_Q = 200, 40, 30, 120
EAST, WEST = 0, 3
ALL = 0xFFFF_FFFF
# Core 77 is in quad (1,1): injection and 5 mesh hops to slot (4,3), and as many back.
CORE, CHANNELS = 77, 6


def board_of(chips: int, *tables: tuple[RoutingEntry, ...], default_route: bool = True) -> BoardTraffic:
    """Chips in a row with these routing tables."""
    links = LinkOptions(default_route=default_route)
    return BoardTraffic(rectangle(chips, 1), links, tables, [HardwareOptions()] * chips)


def test_the_way_over_two_links_is_as_worked_out_by_hand() -> None:
    """Ten packets wait for each other in each channel, at each event router and for each link; the chip between needs no line."""
    traffic = board_of(3, (RoutingEntry(5, ALL, (), (EAST,)),), (), (RoutingEntry(5, ALL, (CORE,)),))
    channels_q = 2 * CHANNELS * (HOP_Q + 10 * FLIT_Q)
    routers_q = 3 * ((4 + 1) * ROUTER_Q + PIPELINE_Q)
    links_q = 2 * (10 * traffic.links.service_q + traffic.links.latency_q)
    assert traffic.network_q([traffic.packets(0, CORE, 5, 10)]) == channels_q + routers_q + links_q


def test_packets_of_other_chips_count_where_they_meet() -> None:
    """Two senders that lead to one PE wait for each other from its chip's event router on, not before."""
    tables = (
        (RoutingEntry(5, ALL, (), (EAST,)),),
        (RoutingEntry(5, ALL, (CORE,)),),
        (RoutingEntry(5, ALL, (), (WEST,)),),
    )
    traffic = board_of(3, *tables)
    alone = [traffic.packets(chip, CORE, 5, 9) for chip in (0, 2)]
    together_q, alone_q = traffic.network_q(alone), traffic.network_q(alone[:1])
    assert together_q - alone_q == 3 * ROUTER_Q + CHANNELS * 9 * FLIT_Q


@pytest.mark.parametrize("chips", [1, 2])
def test_a_packet_that_finds_no_line_is_lost_on_its_own_chip(chips: int) -> None:
    """Only what came over a link goes straight on."""
    traffic = board_of(chips, *[()] * chips)
    assert traffic.from_router(0, 5).onward == ()


def test_a_key_that_goes_in_a_circle_is_found() -> None:
    """Tables that send a packet back to where it came from have no bound."""
    traffic = board_of(2, (RoutingEntry(5, ALL, (), (EAST,)),), (RoutingEntry(5, ALL, (), (WEST,)),))
    with pytest.raises(ValueError, match="twice"):
        traffic.from_router(0, 5)
