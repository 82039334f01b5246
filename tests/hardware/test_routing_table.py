"""The event router's table."""

from __future__ import annotations

import pytest

from spinn2sim.hardware.facts import ROUTER_ENTRIES
from spinn2sim.hardware.packet import RoutingEntry
from spinn2sim.hardware.routing_table import NO_ENTRY, RoutingTable


def test_first_line_wins_and_an_unknown_key_has_none() -> None:
    """Wildcards match by mask; order decides."""
    table = RoutingTable(
        [RoutingEntry(0x10, 0xF0, (1,)), RoutingEntry(0x12, 0xFF, (2,)), RoutingEntry(0x8000_0000, 0x8000_0000, (3,))]
    )
    assert [table.match(key) for key in (0x12, 0x1F, 0xFFFF_FF00, 0x20)] == [0, 0, 2, NO_ENTRY]


def test_an_empty_table_matches_nothing() -> None:
    """Without lines every key is unknown."""
    assert RoutingTable([]).match(0) == NO_ENTRY


def test_table_that_is_too_long_is_refused() -> None:
    """The event router holds 16,384 lines and not one more."""
    with pytest.raises(ValueError, match="16385 entries"):
        RoutingTable([RoutingEntry(0, 0, (1,))] * (ROUTER_ENTRIES + 1))
