"""Answers questions about the packets of a run: counts, latencies, losses, the busiest channels and PEs.

The rows of a trace are sorted by (seq, dst_pe), so the rows of a packet are adjacent. A packet is counted at the first row with its seq,
which is ten times as fast as counting distinct values of seq.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from spinn2sim.errors import DataError
from spinn2sim.hardware.board.shape import LINK_CORE
from spinn2sim.hardware.facts import PES_PER_QUAD, QUADS
from spinn2sim.hardware.geometry import quad_of
from spinn2sim.hardware.units import QUANTA_PER_US
from spinn2sim.trace.channel_loads import PacketFlow, channel_loads
from spinn2sim.trace.dead_parts_of_run import routes_of_run
from spinn2sim.trace.sql import METRICS, PACKETS, Row, Tables
from spinn2sim.trace.tables import CYCLES

COLUMNS_OF_A_DELIVERY = {
    "dst_pe",
    "delivered_q",
    "queued_q",
    "hops",
    "outcome",
}  # columns that differ within one packet
# A packet that reached no PE has no latency.
TIMES = f"""
    round(quantile_disc(delivered_q - sent_q, 0.5) FILTER (outcome <> 'no_route') / {QUANTA_PER_US}, 4) AS p50_us,
    round(quantile_disc(delivered_q - sent_q, 0.99) FILTER (outcome <> 'no_route') / {QUANTA_PER_US}, 4) AS p99_us,
    round(max(delivered_q - sent_q) FILTER (outcome <> 'no_route') / {QUANTA_PER_US}, 4) AS max_us,
    round(avg(queued_q) / {QUANTA_PER_US}, 4) AS mean_queued_us,
    round(max(queued_q) / {QUANTA_PER_US}, 4) AS max_queued_us,
    count(*) FILTER (outcome <> 'on_time') AS lost
"""
# The number of a PE's quad; each link of a board counts as one of its own.
QUAD = f"greatest(({{core}} - 1) // {PES_PER_QUAD}, {{core}} - {LINK_CORE - len(QUADS)})"
FLOWS = """
    SELECT kind, layer, phase, src_pe, dst_pe, bytes, outcome, seq IS DISTINCT FROM before AS first,
        first OR {quad} IS DISTINCT FROM {quad_before} AS first_in_quad, count(*) AS rows
    FROM (SELECT *, lag(seq) OVER () AS before, lag(dst_pe) OVER () AS dst_before FROM packets WHERE {where})
    GROUP BY ALL
"""
FIRST_LOSSES = """
    SELECT outcome, kind, count(*) AS deliveries, min(seq) AS seq,
        unnest(arg_min({{'epoch': epoch, 'part': part, 'batch': batch, 'tick': tick, 'pe': dst_pe, 'sender': src_pe, 'key': key}}, seq))
    FROM packets WHERE outcome <> 'on_time' AND {where} GROUP BY outcome, kind ORDER BY outcome, kind
"""
CYCLES_BY_OPERATION = """
    SELECT "group", phase, operation, sum(times)::BIGINT AS times, sum(cycle_parts) / 16.0 AS cycles
    FROM cycles GROUP BY "group", phase, operation ORDER BY cycles DESC, "group", phase, operation
"""
COUNTED = {"channels", "pes"}  # tables that every run on the chip has
CHANNELS = """
    SELECT channel, sum(flits) AS flits, max(longest) AS longest_queue FROM channels
    GROUP BY channel HAVING sum(flits) > 0 ORDER BY flits DESC, channel
"""
PES = """
    SELECT pe, "group", sum(wakes) AS wakes, sum(busy_cycles) AS busy_cycles, sum(overruns) AS overruns, sum(lost_ticks) AS lost_ticks,
        max(fifo_high_water) AS fifo_high_water
    FROM pes GROUP BY pe, "group" ORDER BY busy_cycles DESC, pe
"""


@dataclass
class Summary:
    """The summary of a run's packets, as counts and rows."""

    # False for a run without a trace, which has only `channels` and `pes`, from the machine's counters.
    traced: bool = True
    packets: int = 0
    deliveries: int = 0
    # Deliveries that were not on time, by outcome and kind, each with its first packet.
    losses: list[Row] = field(default_factory=list)
    # Counts and latencies by kind, layer and phase.
    by_kind: list[Row] = field(default_factory=list)
    # The busiest channels and PEs come first.
    channels: list[Row] = field(default_factory=list)
    pes: list[Row] = field(default_factory=list)


def enclose(where: str | None) -> str:
    """Put a user's condition into brackets and on lines of its own, so that a comment in it cannot hide what follows."""
    return f"(\n{where}\n)" if where else "true"


def summarise(tables: Tables, where: str | None = None) -> Summary:
    """Summarise the deliveries that satisfy `where`. Raises DataError for a wrong condition, or if nothing was traced."""
    tables.need(PACKETS)
    clause = enclose(where)
    flows = [
        PacketFlow(**row)
        for row in tables.rows(
            FLOWS.format(where=clause, quad=QUAD.format(core="dst_pe"), quad_before=QUAD.format(core="dst_before")),
            trusted=not where,
        )
    ]
    by_kind = tables.rows(
        f"SELECT kind, layer, phase, count(*) AS deliveries, {TIMES} FROM packets WHERE {clause} "
        "GROUP BY kind, layer, phase ORDER BY kind, layer, phase",
        trusted=not where,
    )
    sent: dict[tuple[str, int, str], int] = {}
    for flow in flows:
        place = (flow.kind, flow.layer, flow.phase)
        sent[place] = sent.get(place, 0) + flow.packets
    found = Summary(True, sum(sent.values()), sum(flow.rows for flow in flows))
    found.by_kind = [_with_packets(row, sent[row["kind"], row["layer"], row["phase"]]) for row in by_kind]
    if any(flow.outcome != "on_time" for flow in flows):
        found.losses = tables.rows(FIRST_LOSSES.format(where=clause))
    found.channels = channel_loads(flows, routes_of_run(tables.folder))
    found.pes = _pe_loads(flows)
    return found


def summarise_counters(tables: Tables) -> Summary:
    """Summarise the counters of a run without a trace. Raises DataError for a run of the mirror, which has no packets."""
    if not set(tables.names) >= COUNTED:
        tables.need(PACKETS)
    return Summary(False, channels=tables.rows(CHANNELS), pes=tables.rows(PES))


def cycles(tables: Tables) -> list[Row]:
    """Return where the busy cycles went by program, phase and operation, most first; nothing for a run without that table."""
    if CYCLES.name not in tables.names:
        return []
    rows = tables.rows(CYCLES_BY_OPERATION)
    total = sum(row["cycles"] for row in rows) or 1.0
    return [{**row, "percent": round(100 * row["cycles"] / total, 2)} for row in rows]


def _with_packets(row: Row, packets: int) -> Row:
    names = ("kind", "layer", "phase")
    return {**{name: row[name] for name in names}, "packets": packets, **{n: row[n] for n in row if n not in names}}


def _pe_loads(flows: Sequence[PacketFlow]) -> list[Row]:
    """Count the packets sent and received by each PE, most traffic first; core 0 is the DRAM."""
    found: dict[int, Row] = {}

    def of_core(core: int) -> Row:
        quad = quad_of(core) if 0 < core < LINK_CORE else None
        return found.setdefault(core, {"pe": core, "quad": quad, "sent": 0, "received": 0, "lost": 0})

    for flow in flows:
        of_core(flow.source)["sent"] += flow.packets
        if flow.outcome != "no_route":
            of_core(flow.dst_pe)["received"] += flow.rows
        of_core(flow.dst_pe or flow.source)["lost"] += flow.rows * (flow.outcome != "on_time")
    return sorted(found.values(), key=lambda row: (-row["sent"] - row["received"], row["pe"]))


def count_by(tables: Tables, by: Sequence[str], where: str | None = None, top: int | None = None) -> list[Row]:
    """Count packets and deliveries and measure latencies for each value of the columns `by`: up to `top` rows, most deliveries first.

    Raises DataError for an unknown column or a wrong condition.
    """
    return tables.rows(count_by_query(tables, by, where, top), trusted=not where)


def count_by_query(tables: Tables, by: Sequence[str], where: str | None = None, top: int | None = None) -> str:
    """Make the SQL query of `count_by`. Raises DataError for an unknown column."""
    known = tables.columns(PACKETS)
    unknown = [name for name in by if name not in known]
    if unknown or not by:
        raise DataError(f"--by: found {', '.join(unknown) or 'nothing'}, allowed are {', '.join(known)}")
    names = ", ".join(dict.fromkeys(by))
    if COLUMNS_OF_A_DELIVERY.isdisjoint(by):
        packets, rows = "count(*) FILTER (seq IS DISTINCT FROM before)", "*, lag(seq) OVER () AS before"
    else:
        packets, rows = "count(DISTINCT seq)", "*"
    return (
        f"SELECT {names}, {packets} AS packets, count(*) AS deliveries, {TIMES} "
        f"FROM (SELECT {rows} FROM packets WHERE {enclose(where)}) GROUP BY {names} ORDER BY deliveries DESC, {names}"
        + ("" if top is None else f" LIMIT {int(top)}")
    )


def lost_in_run(tables: Tables) -> list[str]:
    """List what the whole run lost, traced or not: a line for each count that is not zero."""
    if METRICS not in tables.names or "losses" not in tables.columns(METRICS):
        return []
    lines: list[dict[str, Any]] = tables.rows("SELECT epoch, losses FROM metrics WHERE len(losses) > 0 ORDER BY epoch")
    return [f"epoch {line['epoch']} {text}" for line in lines for text in line["losses"]]
