"""What a mapping goes around, as plain data and in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from spinn2sim.hardware.chip_routes import routes_around
from spinn2sim.hardware.dead_parts import DeadParts, closed, opposite
from spinn2sim.hardware.geometry import ChannelId, channels, place_name

SHOWN = 8


def mapped_around(dead: DeadParts) -> dict[str, list[Any]]:
    """Return the dead parts under the names of the keys of [faults], and the PEs that they cut off.

    Of each pair of channels one is named, except for those of dead ports and interfaces.
    """
    known = closed(router_ports=dead.router_ports, dram_interfaces=dead.dram_interfaces)
    ordered = sorted(dead.channels - known, key=channels().index)
    return {
        "dead_pes": sorted(dead.pes),
        "cut_off_pes": list(routes_around(dead).cut_off),
        "dead_channels": [str(channel) for channel in ordered if _is_first(channel)],
        "dead_router_ports": [place_name(quad) for quad in dead.router_ports],
        "dead_dram_interfaces": [place_name(slot) for slot in dead.dram_interfaces],
        "dead_router_lines": [[first, last] for first, last in _spans(sorted(dead.router_lines))],
    }


def mapped_around_text(dead: DeadParts) -> str:
    """Describe the dead parts in one line; empty if there are none. Only the first of many are named."""
    found = mapped_around(dead)
    lines = [f"{first}..{last}" if first < last else str(first) for first, last in found["dead_router_lines"]]
    texts = (
        _listed(len(dead.pes), "dead PE", found["dead_pes"]),
        _listed(len(found["cut_off_pes"]), "PE cut off by dead channels", found["cut_off_pes"]),
        _listed(len(found["dead_channels"]), "pair of channels closed", found["dead_channels"]),
        _listed(len(found["dead_router_ports"]), "dead port of the event router", found["dead_router_ports"]),
        _listed(len(found["dead_dram_interfaces"]), "dead DRAM interface", found["dead_dram_interfaces"]),
        _listed(len(dead.router_lines), "dead line of the event router's table", lines),
    )
    return "; ".join(text for text in texts if text)


def _listed(count: int, what: str, names: Sequence[object]) -> str:
    """Return a count, what is counted, and the first names; empty for a count of 0. A plural goes to the first noun."""
    if not count:
        return ""
    words = what.split(" ")
    noun = next(n for n, word in enumerate(words) if word in ("PE", "pair", "port", "interface", "line"))
    words[noun] += "s" if count > 1 else ""
    more = ", ..." if len(names) > SHOWN else ""
    return f"{count} {' '.join(words)} ({', '.join(map(str, names[:SHOWN]))}{more})"


def _is_first(channel: ChannelId) -> bool:
    """Whether a channel comes before that of the other direction in the list of all channels."""
    return channels().index(channel) < channels().index(opposite(channel))


def _spans(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return the first and last number of each run of consecutive numbers."""
    runs = [list(map(itemgetter(1), run)) for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0])]
    return [(run[0], run[-1]) for run in runs]
