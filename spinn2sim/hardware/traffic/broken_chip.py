"""Moves a list of sends to a chip with dead parts, if they leave it the PEs and the lines of the routing table that it needs."""

from __future__ import annotations

from dataclasses import replace

from spinn2sim.errors import ScenarioError
from spinn2sim.hardware.chip_routes import routes_around
from spinn2sim.hardware.dead_parts import DeadParts
from spinn2sim.hardware.facts import DRAM_SLOTS
from spinn2sim.hardware.geometry import DRAM_CORE
from spinn2sim.hardware.traffic.send_list import SendList


def on_broken_chip(traffic: SendList, dead: DeadParts, where: str) -> SendList:
    """Return the same sends on a chip with dead parts. Raises ScenarioError, which names `where`, if a PE that they need does not work."""
    live = {*routes_around(dead).pes, *([DRAM_CORE] if len(dead.dram_interfaces) < len(DRAM_SLOTS) else [])}
    cores = {
        *traffic.source.tolist(),
        *(core for entry in traffic.entries for core in entry.cores),
        *(core for transfer in traffic.transfers for core in (transfer.source_core, *transfer.destination_cores)),
    }
    if missing := sorted(cores - live):
        name = f"PE {missing[0]}" if missing[0] else "the DRAM"
        raise ScenarioError(f"{where}: found {name}, which is dead or cut off, allowed is what works and is reached")
    if len(traffic.entries) > dead.live_router_lines:
        raise ScenarioError(
            f"{where}: found {len(traffic.entries)} sets of destinations, allowed are {dead.live_router_lines}, the live lines of the "
            "event router's table"
        )
    return replace(traffic, dead=dead)
