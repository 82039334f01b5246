"""One packet's life: what the trace says of it, put beside the run's plan and the replay of its hops; it changes nothing."""

from __future__ import annotations

from pathlib import Path

from spinn2sim.errors import DataError
from spinn2sim.hardware.facts import pe_in_quad, quad_of
from spinn2sim.hardware.packet import Key
from spinn2sim.hardware.plan import Plan
from spinn2sim.hardware.traffic.hop_replay import Hop
from spinn2sim.report.nominal import part_start_q, tick_start_q
from spinn2sim.report.packet_replay import hops_of
from spinn2sim.scenario.load import load
from spinn2sim.trace.channel_loads import ways
from spinn2sim.trace.run_directory import SCENARIO, read_metrics
from spinn2sim.trace.sql import PACKETS, Row, Tables
from spinn2sim.training.plan_of_scenario import map_scenario

OF_PACKET = ("seq", "kind", "key", "payload", "bytes", "src_pe", "epoch", "part", "batch", "sample", "phase", "tick", "step", "layer",
             "neuron", "sent_q")  # fmt: skip
OF_DELIVERY = ("dst_pe", "delivered_q", "queued_q", "hops", "outcome")
ONCE = {"on_time", "late", "early", "unmatched"}  # outcomes of what a program took


def life(folder: Path | str, seq: int) -> Row:
    """The packet's columns, and `sender`, `sent` (tick and cycles after its begin), `entry`, `deliveries`, `hops`, `warnings`.

    `hops` is None when no replay can be had (`warnings` say why): then `deliveries` have their `channels` alone. Raises DataError where
    there is no such packet in the trace.
    """
    tables = Tables(folder)
    tables.need(PACKETS)
    rows = tables.rows("SELECT * FROM packets WHERE seq = $seq ORDER BY dst_pe", {"seq": seq}, trusted=True)
    if not rows:
        known = tables.one("SELECT min(seq) AS first, max(seq) AS last FROM packets", (), True)
        raise DataError(f"{folder}: found no packet {seq}, the trace has seq {known['first']} to {known['last']}")
    plan = map_scenario(tables.folder / SCENARIO)
    clock = Clock(tables, plan, rows[0])
    packet = {name: rows[0][name] for name in OF_PACKET}
    multicast = not packet["bytes"] or packet["layer"] >= 0
    hops, warnings = replayed(tables.folder, seq)
    return {
        **packet,
        "sender": where(plan, packet["src_pe"]),
        "sent": clock.sent(),
        "multicast": multicast,
        "key_text": str(Key.unpack(packet["key"])) if multicast else "",
        "entry": entry_of(plan, packet["key"]) if multicast else None,
        "deliveries": [_delivery(plan, clock, packet, row, multicast) for row in rows],
        "hops": hops,
        "warnings": warnings,
    }


def _delivery(plan: Plan, clock: Clock, packet: Row, row: Row, multicast: bool) -> Row:
    inward, outward = ways(row["src_pe"], row["dst_pe"], multicast, row["outcome"])
    return {
        **{name: row[name] for name in OF_DELIVERY},
        "pe": where(plan, row["dst_pe"]),
        "latency_q": row["delivered_q"] - packet["sent_q"],
        "taken": clock.taken(row) if row["outcome"] in ONCE and packet["kind"] != "dma" else None,
        "due_q": clock.due_q,
        "channels": [*inward, *(["event router"] if multicast else []), *outward],
    }


class Clock:
    """The ticks around a packet: from the table of wakes where the run has one, else as the plan has them."""

    def __init__(self, tables: Tables, plan: Plan, packet: Row) -> None:
        """`packet` is a row of the trace."""
        self.tables, self.plan, self.packet = tables, plan, packet
        self.start_q = part_start_q(read_metrics(tables.folder), packet["epoch"], packet["part"])
        self.due_q = self._nominal(packet["tick"] + 1)
        # Where [trace] chose ticks, the wake that follows in the table need not be the one that followed.
        self.gaps = getattr(load(tables.folder / SCENARIO).trace, "ticks", None) is not None

    def _nominal(self, tick: int) -> int | None:
        if self.start_q is None:
            return None
        try:
            return self.start_q + tick_start_q(self.plan, self.packet["part"], self.packet["batch"], tick)[0]
        except ValueError:
            return None

    def sent(self) -> Row:
        """`wake_q`, the instant that its sender's tick began, and core cycles from there until it was sent; None if unknown."""
        wakes = self._wakes(self.packet["src_pe"], "woke_q <= $at ORDER BY woke_q DESC", self.packet["sent_q"])
        seen = bool(wakes) and all(wakes[0][name] == self.packet[name] for name in ("batch", "tick"))
        wake_q = wakes[0]["woke_q"] if seen else self._nominal(self.packet["tick"])
        after = None if wake_q is None else self.packet["sent_q"] - wake_q
        cycle = None if after is None or after < 0 else after // self.plan.core_quanta
        return {"wake_q": wake_q, "cycle": cycle, "seen": seen}

    def taken(self, delivery: Row) -> Row | None:
        """The tick in which the receiver took a delivery: `batch`, `tick`, `woke_q`, and whether it was `seen` in the table of wakes."""
        on_time = delivery["outcome"] == "on_time"
        wakes = self._wakes(delivery["dst_pe"], "woke_q >= $at ORDER BY woke_q", delivery["delivered_q"])
        if wakes and (wakes[0]["due_q"] == self.due_q or not on_time):
            return {**{name: wakes[0][name] for name in ("batch", "phase", "tick", "woke_q")}, "seen": True}
        if not on_time or self.due_q is None:
            return None
        phase = tick_start_q(self.plan, self.packet["part"], self.packet["batch"], self.packet["tick"] + 1)[1].phase
        return {
            "batch": self.packet["batch"], "phase": phase.name.lower(), "tick": self.packet["tick"] + 1,
            "woke_q": self.due_q, "seen": False,
        }  # fmt: skip

    def _wakes(self, core: int, condition: str, at: int) -> list[Row]:
        if self.gaps or "ticks" not in self.tables.names:
            return []
        query = f"SELECT * FROM ticks WHERE epoch = $epoch AND part = $part AND pe = $pe AND {condition} LIMIT 1"
        here = {"epoch": self.packet["epoch"], "part": self.packet["part"], "pe": core, "at": at}
        return self.tables.rows(query, here, trusted=True)


def entry_of(plan: Plan, key: int) -> Row | None:
    """The line of the event router's table that matches a key; None when none does."""
    for line, entry in enumerate(plan.entries):
        if key & entry.mask == entry.key:
            return {"line": line, "of": len(plan.entries), "text": str(entry)}
    return None


def where(plan: Plan, core: int) -> Row:
    """A PE's place on the chip and what runs there; core 0 is the DRAM."""
    group = next((g.name for g in plan.groups if core in g.cores), None)
    share = next((s for s in plan.shares if s.core == core), None)
    return {
        "pe": core,
        "quad": list(quad_of(core)) if core else None,
        "in_quad": pe_in_quad(core) if core else None,
        "group": group,
        "layer": share.layer if share else None,
        "neurons": [share.first, share.last] if share else None,
    }


def replayed(folder: Path, seq: int) -> tuple[list[Row] | None, list[str]]:
    """Hops as dicts, and what must be said about them; no hops where a replay is refused: the trace's own words still hold."""
    warnings: list[str] = []
    try:
        return [_hop(hop) for hop in hops_of(folder, seq, warnings.append)], warnings
    except ValueError as refusal:
        return None, [str(refusal)]


def _hop(hop: Hop) -> Row:
    return {**hop._asdict(), "toward": list(hop.toward)}
