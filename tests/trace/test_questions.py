"""Summary, groups and channel loads against packets that can be counted by hand, and against the chip's own counters."""

from __future__ import annotations

from pathlib import Path

import pytest

from spinn2sim.errors import DataError
from spinn2sim.trace.channel_loads import PacketFlow, channel_loads, routes
from spinn2sim.trace.questions import count_by, lost_in_run, summarise
from spinn2sim.trace.sql import Tables


def test_packets_are_counted_once(run: Path) -> None:
    """A packet with several destinations is one packet, whatever it is grouped by."""
    found = summarise(Tables(run))
    assert (found.packets, found.deliveries) == (11, 13)
    rows = {(r["kind"], r["layer"], r["phase"]): (r["packets"], r["deliveries"]) for r in found.by_kind}
    assert rows["spike", 0, "forward"] == (2, 3)
    assert rows["dma", 1, "load"] == (1, 2)


@pytest.mark.parametrize("by", ["kind", "layer", "tick", "src_pe", "dst_pe", "outcome", "sample"])
def test_groups_count_distinct_packets(run: Path, by: str) -> None:
    """The fast way of counting packets gives what counting distinct seqs gives."""
    tables = Tables(run)
    wanted = {
        row[by]: row["n"] for row in tables.rows(f"SELECT {by}, count(DISTINCT seq) AS n FROM packets GROUP BY {by}")
    }
    assert {row[by]: row["packets"] for row in count_by(tables, [by])} == wanted
    some = "kind = 'spike' AND dst_pe <> 6"
    wanted = {
        row[by]: row["n"]
        for row in tables.rows(f"SELECT {by}, count(DISTINCT seq) AS n FROM packets WHERE {some} GROUP BY {by}")
    }
    assert {row[by]: row["packets"] for row in count_by(tables, [by], some)} == wanted


def test_losses_name_their_first_packet(run: Path) -> None:
    """Each sort of loss is told with the packet that was lost first and where it was to go."""
    losses = {(row["outcome"], row["kind"]): row for row in summarise(Tables(run)).losses}
    assert set(losses) == {("late", "spike"), ("dropped", "spike"), ("no_route", "error")}
    late = losses["late", "spike"]
    assert (late["seq"], late["deliveries"], late["pe"], late["tick"], late["epoch"]) == (12, 1, 9, 3, 1)


def test_a_packet_that_went_nowhere_has_no_latency(run: Path) -> None:
    """No-route packets are lost, not fast: they are left out of the latencies."""
    rows = count_by(Tables(run), ["outcome"])
    assert {row["outcome"]: row["max_us"] for row in rows} == {
        "on_time": 0.25,
        "late": 2.0,
        "dropped": 0.25,
        "no_route": None,
    }


def test_losses_of_the_whole_run_are_told(run: Path) -> None:
    """What the metrics say was lost is told even where the trace has nothing of it."""
    assert lost_in_run(Tables(run)) == ["epoch 1 train: late spike: 1"]


def test_where_narrows_and_cannot_break_out(run: Path) -> None:
    """A condition narrows every part of the summary; its comments end with it."""
    found = summarise(Tables(run), "kind = 'error' -- and so on")
    assert (found.packets, found.deliveries, len(found.by_kind)) == (3, 3, 2)


def test_unknown_column(run: Path) -> None:
    """A column that there is not is refused with those that there are."""
    with pytest.raises(DataError, match="found colour, allowed are seq, kind"):
        count_by(Tables(run), ["colour"])


def test_copies_of_a_packet_share_the_way_to_the_router() -> None:
    """A packet to two PEs of one quad and one of another enters the router once and leaves it twice."""

    def flow(dst_pe: int, first: bool, first_in_quad: bool) -> PacketFlow:
        return PacketFlow("spike", 1, "forward", 78, dst_pe, 0, "on_time", first, first_in_quad, 10)

    found = {
        row["channel"]: row["packets"]
        for row in channel_loads([flow(78, True, True), flow(79, False, False), flow(82, False, True)])
    }
    assert found["(1,1) injection"] == 10
    assert found["(1,1) ejection"] == 10
    assert found["(2,1) ejection"] == 10
    inbound, outbound = routes(78, 79, True, "on_time")
    assert found[outbound[0]] == 20
    assert (inbound[0], outbound[-1]) == ("(1,1) injection", "(1,1) ejection")


def test_a_burst_has_a_flit_for_each_16_bytes() -> None:
    """Channel loads count flits: 33 bytes are three."""
    assert channel_loads([PacketFlow("dma", -1, "load", 78, 78, 33, "on_time", True, True, 2)])[0]["flits"] == 6
