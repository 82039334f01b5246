"""The channels that a packet passes, and the packets and flits of a trace on each channel.

A multicast packet enters the event router once and leaves it once for each destination quad; a direct DMA transfer takes one route from
end to end. A transfer from the DRAM has its destination as issuer; any other starts at its issuer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from spinn2sim.errors import DataError
from spinn2sim.hardware.chip_routes import ChipRoutes, routes_around
from spinn2sim.hardware.facts import flits_of
from spinn2sim.hardware.geometry import DRAM_CORE, EVENT_ROUTER, ChannelId

NO_ROUTE = "no_route"


@dataclass(frozen=True)
class PacketFlow:
    """A number of deliveries that agree in all of these fields."""

    kind: str
    layer: int
    phase: str
    src_pe: int
    dst_pe: int
    # The bytes of a DMA burst, or of a payload of 128 bits; 0 for another packet.
    bytes: int
    outcome: str
    # Whether each of them is the first delivery of its packet, and whether it is the packet's first in its quad.
    first: bool
    first_in_quad: bool
    # How many deliveries there are.
    rows: int

    @property
    def packets(self) -> int:
        """How many packets these deliveries add; each packet is counted with its first delivery."""
        return self.rows if self.first else 0

    @property
    def multicast(self) -> bool:
        """Whether they pass the event router."""
        return self.kind != "dma" or self.layer >= 0

    @property
    def source(self) -> int:
        """The core that the data comes from; 0 is the DRAM."""
        return 0 if not self.multicast and self.src_pe == self.dst_pe else self.src_pe

    @property
    def flits(self) -> int:
        """The flits of one packet."""
        return flits_of(self.bytes)


def channel_loads(flows: Iterable[PacketFlow], chip: ChipRoutes | None = None) -> list[dict[str, object]]:
    """Compute `channel`, `packets` and `flits` of each channel that was used, most flits first. Without `chip` it is one without faults."""
    packets: dict[str, int] = {}
    flits: dict[str, int] = {}
    for flow in flows:
        inbound, outbound = routes(flow.src_pe, flow.dst_pe, flow.multicast, flow.outcome, chip)
        for name in (*(inbound if flow.first else ()), *(outbound if flow.first_in_quad else ())):
            packets[name] = packets.get(name, 0) + flow.rows
            flits[name] = flits.get(name, 0) + flow.rows * flow.flits
    ordered = sorted(flits, key=lambda name: (-flits[name], name))
    return [{"channel": name, "packets": packets[name], "flits": flits[name]} for name in ordered]


@cache
def routes(
    source: int, end: int, multicast: bool, outcome: str, chip: ChipRoutes | None = None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the channels that a packet passes once, and of those that it passes once for each quad.

    Core 0 as `end` is the DRAM, or no place if no line of the table matches a multicast packet. A direct transfer whose issuer is
    its destination reads from the DRAM. Raises DataError if the chip has no such route.
    """
    route = (chip or routes_around()).route
    try:
        if not multicast:
            return (), _names(route(DRAM_CORE if source == end else source, end))
        inbound = _names(route(source, EVENT_ROUTER))
        return inbound, () if outcome == NO_ROUTE else _names(route(EVENT_ROUTER, end))
    except KeyError as error:
        raise DataError(f"a packet from PE {source} to PE {end}: found in the trace, but {error.args[0]}") from None


def _names(channels: Iterable[ChannelId]) -> tuple[str, ...]:
    return tuple(map(str, channels))
