"""The keys of [board]: a network that is trained on several chips. Without this table there is one chip, and nothing of this holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Le, Lt

from spinn2sim.hardware import facts
from spinn2sim.hardware.board.link_options import UNBOUNDED
from spinn2sim.hardware.board.shape import MAX_CHIPS
from spinn2sim.scenario.dead_part_keys import Coordinate, CoreId, Line, PartName

Side = Annotated[int, Ge(1), Le(MAX_CHIPS)]
# Of dead parts that are drawn.
Drawn = Annotated[int, Ge(0), Le(6 * MAX_CHIPS)]
LinkName = Literal["E", "NE", "N", "W", "SW", "S"]
RECTANGLE, HEXAGON, TRIAD, DATA = "rectangle", "hexagon", "triad", "data"


@dataclass(frozen=True, kw_only=True)
class DeadPartsOfChips:
    """Dead parts of single chips of a board: x and y of the chip, then the part as [faults] names it."""

    dead_pes: tuple[tuple[Coordinate, Coordinate, CoreId], ...] = ()
    dead_channels: tuple[tuple[Coordinate, Coordinate, PartName], ...] = ()
    # The first line and the last one.
    dead_router_lines: tuple[tuple[Coordinate, Coordinate, Line, Line], ...] = ()
    dead_router_ports: tuple[tuple[Coordinate, Coordinate, PartName], ...] = ()
    dead_dram_interfaces: tuple[tuple[Coordinate, Coordinate, PartName], ...] = ()


@dataclass(frozen=True, kw_only=True)
class BoardKeys(DeadPartsOfChips):
    """[board]: which chips there are, how their links behave, what of them is dead, and how the network is spread over them."""

    shape: Literal["rectangle", "hexagon", "triad"] = "hexagon"
    # Of a rectangle.
    columns: Side | None = None
    rows: Side | None = None
    # Whether links at the rim lead to the opposite rim; by default only on a triad, which always wraps around.
    wrap: bool | None = None
    parallel: Literal["data", "model"] = "data"
    link_gbit_s: Annotated[float, Ge(0.001), Le(10_000)] = facts.LINK_GBIT_S
    # A packet holds a key of 32 bits at least.
    link_packet_bits: Annotated[int, Ge(32), Le(4096)] = facts.LINK_PACKET_BITS
    # A key and 128 bits of payload at least.
    link_long_packet_bits: Annotated[int, Ge(160), Le(4096)] = facts.LINK_LONG_PACKET_BITS
    link_latency_ns: Annotated[int, Ge(0), Le(1_000_000)] = facts.LINK_LATENCY_NS
    link_queue: Annotated[int, Ge(0), Le(1_000_000)] = UNBOUNDED
    default_route: bool = True
    # (x, y)
    dead_chips: tuple[tuple[Coordinate, Coordinate], ...] = ()
    # (x, y, link): dead in both directions.
    dead_links: tuple[tuple[Coordinate, Coordinate, LinkName], ...] = ()
    # How many more are dead, drawn by both seeds.
    dead_chip_count: Drawn = 0
    dead_link_count: Drawn = 0
    # Together with the scenario's seed, what counts draw from.
    seed: Annotated[int, Ge(0), Lt(2**63)] = 0
