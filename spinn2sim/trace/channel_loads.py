"""Which channels of the chip a packet passes, and what all packets of a trace put on each; it knows no times.

The names are those of the simulated machine. A packet enters the event router once and leaves it once for each quad that it goes to;
a direct DMA goes straight. A DMA from the DRAM has the PE it goes to as its issuer, any other starts at its issuer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from spinn2sim.hardware.facts import flits_of
from spinn2sim.hardware.geometry import DRAM_CORE, EVENT_ROUTER, ChannelId, route

NO_ROUTE = "no_route"


@dataclass(frozen=True)
class Flow:
    """Deliveries that are alike. `first`: the first ones of their packets; `leg`: the first ones in their quad. `bytes` is 0 for a word."""

    kind: str
    layer: int
    phase: str
    src_pe: int
    dst_pe: int
    bytes: int
    outcome: str
    first: bool
    leg: bool
    rows: int

    @property
    def packets(self) -> int:
        """Packets that are counted with these deliveries."""
        return self.rows if self.first else 0

    @property
    def multicast(self) -> bool:
        """Whether they go by the event router."""
        return not self.bytes or self.layer >= 0

    @property
    def source(self) -> int:
        """Where the data comes from; 0 is the DRAM."""
        return 0 if not self.multicast and self.src_pe == self.dst_pe else self.src_pe

    @property
    def flits(self) -> int:
        """Flits of one packet."""
        return flits_of(self.bytes)


def loads(flows: Iterable[Flow]) -> list[dict[str, object]]:
    """`channel`, `packets`, `flits` of each channel that was used, most flits first."""
    packets: dict[str, int] = {}
    flits: dict[str, int] = {}
    for flow in flows:
        inward, outward = routes(flow.src_pe, flow.dst_pe, flow.multicast, flow.outcome)
        for name in (*(inward if flow.first else ()), *(outward if flow.leg else ())):
            packets[name] = packets.get(name, 0) + flow.rows
            flits[name] = flits.get(name, 0) + flow.rows * flow.flits
    ordered = sorted(flits, key=lambda name: (-flits[name], name))
    return [{"channel": name, "packets": packets[name], "flits": flits[name]} for name in ordered]


@cache
def routes(source: int, end: int, multicast: bool, outcome: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the channels that a packet passes once, and of those that it passes once for each quad.

    Core 0 as `end` is the DRAM, or nowhere for a multicast packet that no line of the table matches. A direct DMA transfer whose issuer is
    its destination reads from the DRAM.
    """
    if not multicast:
        return (), _names(route(DRAM_CORE if source == end else source, end))
    inbound = _names(route(source, EVENT_ROUTER))
    return inbound, () if outcome == NO_ROUTE else _names(route(EVENT_ROUTER, end))


def _names(channels: Iterable[ChannelId]) -> tuple[str, ...]:
    return tuple(map(str, channels))
