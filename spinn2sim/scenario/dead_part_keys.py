"""The keys of [faults] for parts of the chip that are dead from the start: named one by one, in a board file, or drawn by rates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Le, Len, Lt

from spinn2sim.hardware.dead_parts import channels_by_name
from spinn2sim.hardware.facts import DRAM_SLOTS, N_CORES, ROUTER_ENTRIES, ROUTER_PORTS
from spinn2sim.hardware.geometry import place_name

CoreId = Annotated[int, Ge(1), Le(N_CORES)]
Line = Annotated[int, Ge(0), Lt(ROUTER_ENTRIES)]
PartName = Annotated[str, Len(1, 40)]
Probability = Annotated[float, Ge(0), Le(1)]
# A problem: the key, what was found, what is allowed.
Problem = tuple[str, object, str]
# Of a chip on its board.
Coordinate = Annotated[int, Ge(0), Le(255)]
PORTS = {place_name(quad): quad for quad, _ in ROUTER_PORTS}
INTERFACES = {place_name(slot): slot for slot in DRAM_SLOTS}


@dataclass(frozen=True, kw_only=True)
class DeadPartLists:
    """Dead parts of one chip by the names that `spinn2sim chip` and the tables of a run give them."""

    dead_pes: tuple[CoreId, ...] = ()
    # Such as "(1,2)->(2,2)" or "(1,2) injection". A channel that is dead in one direction is closed in both.
    dead_channels: tuple[PartName, ...] = ()
    # Numbers of lines of the event router's table, or [first, last] for several.
    dead_router_lines: tuple[Line | tuple[Line, Line], ...] = ()
    # The quads at ports of the event router, such as "(3,3)".
    dead_router_ports: tuple[PartName, ...] = ()
    # "(7,3)" or "(7,4)".
    dead_dram_interfaces: tuple[PartName, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DeadPartKeys(DeadPartLists):
    """The keys of [faults] for dead parts. A rate is the probability of each part to be dead."""

    dead_pe_rate: Probability = 0.0
    # Of each pair of channels between neighbours, except for the ports of the event router.
    dead_channel_rate: Probability = 0.0
    dead_router_line_rate: Probability = 0.0
    dead_router_port_rate: Probability = 0.0
    dead_dram_interface_rate: Probability = 0.0
    # Whether training.copies is lowered to the most copies that fit.
    fewer_copies: bool = False
    # A file of dead parts, and the chip of that board which is simulated. When a scenario is loaded, they are joined with the lists above.
    board: str | None = None
    chip: tuple[Coordinate, Coordinate] | None = None
    # The board file whose dead parts are in the lists already. It stands in scenario.toml of a run, and is not to be set.
    joined_board: str | None = None


# The lists of names, with what each of them may hold.
NAMED = {"dead_router_ports": PORTS, "dead_dram_interfaces": INTERFACES}


def part_problems(lists: DeadPartLists, table: str) -> Iterator[Problem]:
    """Yield the key, what was found and what is allowed for each name that no part has, and for each range that has no lines."""
    for name in lists.dead_channels:
        if name not in channels_by_name():
            allowed = 'a channel\'s name, such as "(1,2)->(2,2)", "(1,2) injection" or "(7,3) DRAM read"'
            yield f"{table}.dead_channels", repr(name), allowed
    for key, names in NAMED.items():
        for name in getattr(lists, key):
            if name not in names:
                yield f"{table}.{key}", repr(name), ", ".join(map(repr, names))
    for lines in lists.dead_router_lines:
        if isinstance(lines, tuple) and lines[0] > lines[1]:
            yield f"{table}.dead_router_lines", list(lines), "the first line and the last, the first not above the last"
