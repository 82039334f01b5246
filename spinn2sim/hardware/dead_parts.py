"""The parts of a chip that are dead from the start: PEs, channels, and lines of the event router's table.

A channel that is dead in one direction is closed in both, since a router that waits for an answer over a link needs both of them. Injection
and ejection of a quad belong together in this way, and so do the reads and the writes of a DRAM interface.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from spinn2sim.hardware.facts import DRAM_SLOTS, ROUTER_ENTRIES, ROUTER_PORTS, Quad
from spinn2sim.hardware.geometry import ChannelId, ChannelKind, channels

OPPOSITE = {
    ChannelKind.INJECTION: ChannelKind.EJECTION,
    ChannelKind.EJECTION: ChannelKind.INJECTION,
    ChannelKind.DRAM_READ: ChannelKind.DRAM_WRITE,
    ChannelKind.DRAM_WRITE: ChannelKind.DRAM_READ,
    ChannelKind.MESH: ChannelKind.MESH,
}


@dataclass(frozen=True)
class DeadParts:
    """What is dead. `closed` makes the set of channels from dead ones, ports of the event router and DRAM interfaces."""

    # Core ids.
    pes: frozenset[int] = frozenset()
    # Each with the channel of the opposite direction.
    channels: frozenset[ChannelId] = frozenset()
    # Numbers of lines of the event router's table, from 0.
    router_lines: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        """Whether anything is dead."""
        return bool(self.pes or self.channels or self.router_lines)

    @property
    def mesh_channels(self) -> frozenset[ChannelId]:
        """The dead channels between neighbouring grid positions."""
        return frozenset(channel for channel in self.channels if channel.kind is ChannelKind.MESH)

    @property
    def router_ports(self) -> tuple[Quad, ...]:
        """The quads whose port of the event router is dead."""
        return tuple(quad for quad, slot in ROUTER_PORTS if ChannelId(ChannelKind.MESH, quad, slot) in self.channels)

    @property
    def dram_interfaces(self) -> tuple[Quad, ...]:
        """The positions of dead DRAM interfaces."""
        return tuple(slot for slot in DRAM_SLOTS if ChannelId(ChannelKind.DRAM_READ, slot, slot) in self.channels)

    @property
    def live_router_lines(self) -> int:
        """How many lines of the event router's table can be used."""
        return ROUTER_ENTRIES - len(self.router_lines)

    def line_numbers(self, entries: int) -> list[int]:
        """Return the numbers of the first live lines of the event router's table, into which `entries` entries are written in order."""
        live = (line for line in range(ROUTER_ENTRIES) if line not in self.router_lines)
        return [line for _, line in zip(range(entries), live, strict=False)]


def closed(
    dead: Iterable[ChannelId] = (), router_ports: Iterable[Quad] = (), dram_interfaces: Iterable[Quad] = ()
) -> frozenset[ChannelId]:
    """Return the channels that must not be used: dead ones, and those of dead ports and interfaces, each with its opposite."""
    slots = dict(ROUTER_PORTS)
    found = {
        *dead,
        *(ChannelId(ChannelKind.MESH, quad, slots[quad]) for quad in router_ports),
        *(ChannelId(ChannelKind.DRAM_READ, slot, slot) for slot in dram_interfaces),
    }
    return frozenset(found | {opposite(channel) for channel in found})


def opposite(channel: ChannelId) -> ChannelId:
    """Return the channel of the other direction."""
    return ChannelId(OPPOSITE[channel.kind], channel.end, channel.start)


@cache
def channels_by_name() -> dict[str, ChannelId]:
    """Return every channel by its name in tables and reports."""
    return {str(channel): channel for channel in channels()}


NOTHING_DEAD = DeadParts()
