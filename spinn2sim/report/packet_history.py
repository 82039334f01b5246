"""The history of one packet, from the trace, the run's plan, and the replay of its hops."""

from __future__ import annotations

from pathlib import Path

from spinn2sim.errors import DataError
from spinn2sim.hardware.board.exchange_keys import ExchangeKey, is_exchange_key
from spinn2sim.hardware.board.shape import LINK_CORE, Chip, link_name
from spinn2sim.hardware.geometry import pe_in_quad, quad_of
from spinn2sim.hardware.packet import Key
from spinn2sim.hardware.plan import Plan
from spinn2sim.hardware.routing_table import NO_ENTRY, RoutingTable
from spinn2sim.report.fault_history import faults_of_packet
from spinn2sim.report.hop_history import hop_history
from spinn2sim.report.link_history import LinkHistory
from spinn2sim.report.plan_of_run import plan_of_run
from spinn2sim.report.tick_times import TickClock
from spinn2sim.trace.channel_loads import routes
from spinn2sim.trace.sql import PACKETS, Row, Tables

PACKET_COLUMNS = ("seq", "kind", "key", "payload", "bytes", "src_pe", "epoch", "part", "batch", "sample", "phase", "tick", "step", "layer",
             "neuron", "sent_q")  # fmt: skip
DELIVERY_COLUMNS = ("dst_pe", "delivered_q", "queued_q", "hops", "outcome")
TAKEN = {"on_time", "late", "early", "unmatched"}  # the outcomes of deliveries that a program took from its FIFO


def packet_history(folder: Path | str, seq: int, chip: Chip | None = None) -> Row:
    """Return the packet's columns, and `sender`, `sent` (when its tick began, and the cycle), `entry`, `deliveries`, `hops`, `warnings`.

    On a board, `came_from` and a delivery's `goes_on` are chip and seq of the same packet on the other side of a link.
    `hops` is None if the packet cannot be replayed (`warnings` say why): then `deliveries` only have `channels`. Raises DataError if the
    trace has no such packet.
    """
    tables = Tables(folder, chip)
    tables.need(PACKETS)
    rows = tables.rows("SELECT * FROM packets WHERE seq = $seq ORDER BY dst_pe", {"seq": seq}, trusted=True)
    if not rows:
        known = tables.one("SELECT min(seq) AS first, max(seq) AS last FROM packets", (), True)
        raise DataError(f"{folder}: found no packet {seq}, the trace has seq {known['first']} to {known['last']}")
    plan = plan_of_run(tables.folder, chip)
    clock = TickClock(tables, plan, rows[0])
    packet = {name: rows[0][name] for name in PACKET_COLUMNS}
    multicast = packet["kind"] != "dma" or packet["layer"] >= 0
    over_links = any(entry.links for entry in plan.entries) or any(
        core >= LINK_CORE for row in rows for core in (row["src_pe"], row["dst_pe"])
    )
    hops, warnings = replay_hops(tables.folder, seq, over_links)
    deliveries = [_delivery(plan, clock, packet, row, multicast) for row in rows]
    came_from: Row | None = None
    if over_links:
        links = LinkHistory(tables.folder, chip)
        came_from = links.came_from(packet)
        for delivery in deliveries:
            delivery["goes_on"] = links.goes_on(delivery)
    broken = faults_of_packet(tables, packet, deliveries)
    return {
        **packet,
        **({"faults": broken} if broken else {}),
        **({"came_from": came_from} if came_from else {}),
        "sender": place_of(plan, packet["src_pe"]),
        "sent": clock.sent() if rows[0]["src_pe"] < LINK_CORE else {"wake_q": None, "cycle": None, "seen": False},
        "multicast": multicast,
        "key_text": _key_text(plan, packet) if multicast else "",
        "entry": matching_entry(plan, packet["key"]) if multicast else None,
        "deliveries": deliveries,
        "hops": hops,
        "warnings": warnings,
    }


def _key_text(plan: Plan, packet: Row) -> str:
    """Describe the fields of a key."""
    if is_exchange_key(packet["key"]):
        return str(ExchangeKey.unpack(packet["key"]))
    return str(Key.unpack(packet["key"])) + _pixel(plan, packet)


def _pixel(plan: Plan, packet: Row) -> str:
    """Say which pixel a neuron is, if its population is an image behind or before a convolution."""
    known = plan.graph is not None and 0 <= packet["layer"] < len(plan.graph.sizes)
    image = plan.graph.image(packet["layer"]) if known and plan.graph is not None else None
    if image is None or packet["neuron"] >= image[0] * image[1] * image[2]:
        return ""
    pixels = image[1] * image[2]
    channel, row, column = (
        packet["neuron"] // pixels,
        packet["neuron"] % pixels // image[2],
        packet["neuron"] % image[2],
    )
    return f" (channel {channel}, row {row}, column {column})"


def _delivery(plan: Plan, clock: TickClock, packet: Row, row: Row, multicast: bool) -> Row:
    inbound, outbound = routes(row["src_pe"], row["dst_pe"], multicast, row["outcome"], plan.routes)
    return {
        **{name: row[name] for name in DELIVERY_COLUMNS},
        "pe": place_of(plan, row["dst_pe"]),
        "latency_q": row["delivered_q"] - packet["sent_q"],
        "taken": clock.taken(row)
        if row["outcome"] in TAKEN and packet["kind"] != "dma" and row["dst_pe"] < LINK_CORE
        else None,
        "due_q": clock.due_q,
        "channels": [*inbound, *(["event router"] if multicast else []), *outbound],
    }


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


def replay_hops(folder: Path, seq: int, over_links: bool) -> tuple[list[Row] | None, list[str]]:
    """Return hops as dicts, and warnings about them; None instead of hops if the packet cannot be replayed."""
    if over_links:
        return None, ["hops are not replayed on a board of several chips"]
    warnings: list[str] = []
    try:
        return [
            {**hop._asdict(), "toward": list(hop.toward)} for hop in hop_history(folder, seq, warnings.append)
        ], warnings
    except ValueError as refusal:
        return None, [str(refusal)]
