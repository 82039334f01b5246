"""Which channels of the chip a packet passes, and what all packets of a trace put on each; it knows no times.

The names are those of the simulated machine. A packet enters the event router once and leaves it once for each quad that it goes to;
a direct DMA goes straight. A DMA from the DRAM has the PE it goes to as its issuer, any other starts at its issuer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from spinn2sim.hardware.facts import FLIT_PAYLOAD_BYTES, Quad, dram_slot_of, quad_of, slot_of, xy_route

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
        return max(1, -(-self.bytes // FLIT_PAYLOAD_BYTES))


def loads(flows: Iterable[Flow]) -> list[dict[str, object]]:
    """`channel`, `packets`, `flits` of each channel that was used, most flits first."""
    packets: dict[str, int] = {}
    flits: dict[str, int] = {}
    for flow in flows:
        inward, outward = ways(flow.src_pe, flow.dst_pe, flow.multicast, flow.outcome)
        for name in (*(inward if flow.first else ()), *(outward if flow.leg else ())):
            packets[name] = packets.get(name, 0) + flow.rows
            flits[name] = flits.get(name, 0) + flow.rows * flow.flits
    ordered = sorted(flits, key=lambda name: (-flits[name], name))
    return [{"channel": name, "packets": packets[name], "flits": flits[name]} for name in ordered]


@cache
def ways(source: int, end: int, multicast: bool, outcome: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Channels that a packet passes once, and those that it passes once for each quad. Core 0 as `end` is the DRAM, for a
    multicast packet without a route nowhere."""
    if not multicast:
        return (), _direct(source, end)
    quad = quad_of(source)
    inward = (_injection(quad), *_mesh(quad, slot_of(quad)))
    if outcome == NO_ROUTE:
        return inward, ()
    quad = quad_of(end)
    return inward, (*_mesh(slot_of(quad), quad), _ejection(quad))


def _direct(issuer: int, end: int) -> tuple[str, ...]:
    quad = quad_of(issuer)
    slot = dram_slot_of(quad)
    if end == issuer:
        return (f"{_place(slot)} DRAM read", *_mesh(slot, quad), _ejection(quad))
    if end == 0:
        return (_injection(quad), *_mesh(quad, slot), f"{_place(slot)} DRAM write")
    return (_injection(quad), *_mesh(quad, quad_of(end)), _ejection(quad_of(end)))


def _mesh(start: Quad, end: Quad) -> Iterable[str]:
    return (f"{_place(a)}->{_place(b)}" for a, b in xy_route(start, end))


def _injection(quad: Quad) -> str:
    return f"{_place(quad)} injection"


def _ejection(quad: Quad) -> str:
    return f"{_place(quad)} ejection"


def _place(quad: Quad) -> str:
    return f"({quad[0]},{quad[1]})"
