"""The options of the links between chips, and what follows from them in quanta."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from spinn2sim.hardware.facts import LINK_GBIT_S, LINK_LATENCY_NS, LINK_LONG_PACKET_BITS, LINK_PACKET_BITS
from spinn2sim.hardware.units import QUANTA_PER_NS

UNBOUNDED = 0


@dataclass(frozen=True)
class LinkOptions:
    """How all links of a board behave; users set them in the scenario's table [board]."""

    gbit_s: float = LINK_GBIT_S
    packet_bits: int = LINK_PACKET_BITS
    # From the end of a packet's service to its arrival at the neighbour's event router (assumed).
    latency_ns: int = LINK_LATENCY_NS
    # How many packets may wait for a link; one that finds so many is dropped. UNBOUNDED: as many as there are.
    queue: int = UNBOUNDED
    # Whether a packet that came over a link and that no line matches leaves straight on (assumed); otherwise it has no route.
    default_route: bool = True
    # Of a packet with 128 bits of payload (assumed).
    long_packet_bits: int = LINK_LONG_PACKET_BITS

    @property
    def service_q(self) -> int:
        """Quanta for which a packet holds a link, rounded up."""
        return self._quanta(self.packet_bits)

    @property
    def long_service_q(self) -> int:
        """Quanta for which a packet with 128 bits of payload holds a link, rounded up."""
        return self._quanta(self.long_packet_bits)

    @property
    def latency_q(self) -> int:
        """Quanta from the end of a packet's service to its arrival."""
        return self.latency_ns * QUANTA_PER_NS

    @property
    def window_q(self) -> int:
        """The longest window in which nothing can arrive that is not known at its beginning."""
        return min(self.service_q, self.long_service_q) + self.latency_q

    def _quanta(self, bits: int) -> int:
        return math.ceil(bits * QUANTA_PER_NS / self.gbit_s)


class LinkPorts(NamedTuple):
    """The links of one chip that lead to another one."""

    options: LinkOptions
    links: tuple[int, ...]
    # A packet that has passed more links goes round in circles, and has no route any more; no useful one enters a chip twice.
    most_passed: int
    # Whether packets with 128 bits of payload may come.
    long_packets: bool = False
