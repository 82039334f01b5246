"""What one chip did with a packet: its deliveries, and the hops of its replay. On a board each chip has rows of its own for a packet."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from spinn2sim.errors import DataError
from spinn2sim.hardware.board.board_plan import BoardPlan
from spinn2sim.hardware.board.shape import LINK_CORE, Chip, link_name
from spinn2sim.hardware.geometry import pe_in_quad, quad_of
from spinn2sim.hardware.plan import Plan
from spinn2sim.hardware.routing_table import NO_ENTRY, RoutingTable
from spinn2sim.report.hop_history import hop_history
from spinn2sim.report.link_history import LinkHistory
from spinn2sim.report.plan_of_run import chip_or_first, plans_of_run
from spinn2sim.report.tick_times import TickClock
from spinn2sim.trace.channel_loads import routes
from spinn2sim.trace.sql import PACKETS, Row, Tables

DELIVERY_COLUMNS = ("dst_pe", "delivered_q", "queued_q", "hops", "outcome")
TAKEN = {"on_time", "late", "early", "unmatched"}  # the outcomes of deliveries that a program took from its FIFO


@dataclass(frozen=True)
class PacketOnChip:
    """A packet in the trace of one chip, whose `rows` are its deliveries there."""

    tables: Tables
    plans: BoardPlan
    # None for the first chip of a board, or the only one.
    chip: Chip | None
    rows: list[Row]

    @property
    def packet(self) -> Row:
        """A row of the trace, for what all rows share."""
        return self.rows[0]

    @property
    def plan(self) -> Plan:
        """The plan of the chip."""
        return self.plans.plans[self.plans.board.numbers[chip_or_first(self.plans, self.chip)]]

    @property
    def multicast(self) -> bool:
        """Whether it passes the event router."""
        return bool(self.packet["kind"] != "dma" or self.packet["layer"] >= 0)

    @property
    def links(self) -> LinkHistory | None:
        """What finds it on neighbours; None if there are none."""
        return LinkHistory(self.tables.folder, self.chip) if len(self.plans.board.chips) > 1 else None

    def deliveries(self) -> list[Row]:
        """Return its deliveries on the chip. On a board `goes_on` is chip and seq of the packet behind the link that took it."""
        clock, links = TickClock(self.tables, self.plan, self.packet), self.links
        return [
            {**self._delivery(clock, row), **({"goes_on": links.goes_on(row)} if links else {})} for row in self.rows
        ]

    def hops(self) -> tuple[list[Row] | None, list[str]]:
        """Return its hops on the chip, as dicts, and warnings about them; None instead of hops if it cannot be replayed."""
        warnings: list[str] = []
        try:
            found = hop_history(self.tables.folder, self.packet["seq"], warnings.append, self.chip, self.plans)
        except ValueError as refusal:
            return None, [str(refusal)]
        return [{**hop._asdict(), "toward": list(hop.toward)} for hop in found], warnings

    def _delivery(self, clock: TickClock, row: Row) -> Row:
        inbound, outbound = routes(row["src_pe"], row["dst_pe"], self.multicast, row["outcome"], self.plan.routes)
        taken = row["outcome"] in TAKEN and self.packet["kind"] != "dma" and row["dst_pe"] < LINK_CORE
        return {
            **{name: row[name] for name in DELIVERY_COLUMNS},
            "pe": place_of(self.plan, row["dst_pe"]),
            "latency_q": row["delivered_q"] - self.packet["sent_q"],
            "taken": clock.taken(row) if taken else None,
            "due_q": clock.due_q,
            "channels": [*inbound, *(["event router"] if self.multicast else []), *outbound],
        }


def find_packet(folder: Path | str, seq: int, chip: Chip | None = None, plans: BoardPlan | None = None) -> PacketOnChip:
    """Find packet `seq` in the trace of a chip, by default the first; `plans` are the run's, if they are known.

    Raises DataError if the trace has no such packet.
    """
    tables = Tables(folder, chip)
    tables.need(PACKETS)
    rows = tables.rows("SELECT * FROM packets WHERE seq = $seq ORDER BY dst_pe", {"seq": seq}, trusted=True)
    if not rows:
        known = tables.one("SELECT min(seq) AS first, max(seq) AS last FROM packets", (), True)
        raise DataError(f"{folder}: found no packet {seq}, the trace has seq {known['first']} to {known['last']}")
    return PacketOnChip(tables, plans or plans_of_run(tables.folder), chip, rows)


def matching_entry(plan: Plan, key: int) -> Row | None:
    """Return the line of the event router's table that matches a key; None if there is none."""
    entry = RoutingTable(plan.entries).match(key)
    if entry == NO_ENTRY:
        return None
    line = plan.dead.line_numbers(entry + 1)[-1]
    return {"line": line, "of": len(plan.entries), "text": str(plan.entries[entry])}


def place_of(plan: Plan, core: int) -> Row:
    """Return a PE's place on the chip and what runs there; core 0 is the DRAM."""
    group = next((g.name for g in plan.groups if core in g.cores), None)
    share = next((s for s in plan.shares if s.core == core), None)
    if share and plan.graph and len(plan.groups) == 1:  # one group for all populations of a script's network
        group = plan.graph.populations[share.layer].name
    return {
        "pe": core,
        "quad": list(quad_of(core)) if 0 < core < LINK_CORE else None,
        "in_quad": pe_in_quad(core) if 0 < core < LINK_CORE else None,
        "group": group if core < LINK_CORE else link_name(core - LINK_CORE),
        "layer": share.layer if share else None,
        "neurons": [share.first, share.last] if share else None,
    }
