"""The history of one packet, from the trace, the run's plan, and the replay of its hops, on its chip and behind the links that it took."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from spinn2sim.hardware.board.exchange_keys import ExchangeKey, is_exchange_key
from spinn2sim.hardware.board.shape import LINK_CORE, Chip
from spinn2sim.hardware.packet import Key
from spinn2sim.hardware.plan import Plan
from spinn2sim.report.fault_history import faults_of_packet
from spinn2sim.report.packet_on_chip import PacketOnChip, find_packet, matching_entry, place_of
from spinn2sim.report.tick_times import TickClock
from spinn2sim.trace.sql import Row

PACKET_COLUMNS = ("seq", "kind", "key", "payload", "bytes", "src_pe", "epoch", "part", "batch", "sample", "phase", "tick", "step", "layer",
             "neuron", "sent_q")  # fmt: skip


def packet_history(folder: Path | str, seq: int, chip: Chip | None = None) -> Row:
    """Return the packet's columns, and `sender`, `sent` (when its tick began, and the cycle), `entry`, `deliveries`, `hops`, `warnings`.

    On a board, `came_from` and a delivery's `goes_on` are chip and seq of the same packet on the other side of a link, and `onward` is what
    each chip behind the links did with it, in the order in which a depth-first walk comes to them.
    `hops` is None if the packet cannot be replayed (`warnings` say why): then `deliveries` only have `channels`. Raises DataError if the
    trace has no such packet.
    """
    found = find_packet(folder, seq, chip)
    plan, multicast = found.plan, found.multicast
    packet = {name: found.packet[name] for name in PACKET_COLUMNS}
    hops, warnings = found.hops()
    deliveries = found.deliveries()
    came_from = found.links.came_from(packet) if found.links else None
    broken = faults_of_packet(found.tables, packet, deliveries)
    came_over = packet["src_pe"] >= LINK_CORE
    sent = (
        {"wake_q": None, "cycle": None, "seen": False}
        if came_over
        else TickClock(found.tables, plan, found.packet).sent()
    )
    return {
        **packet,
        **({"faults": broken} if broken else {}),
        **({"came_from": came_from} if came_from else {}),
        "sender": place_of(plan, packet["src_pe"]),
        "sent": sent,
        "multicast": multicast,
        "key_text": _key_text(plan, packet) if multicast else "",
        "entry": matching_entry(plan, packet["key"]) if multicast else None,
        "deliveries": deliveries,
        "hops": hops,
        "warnings": warnings,
        **({"onward": list(_onward(found, deliveries))} if found.links else {}),
    }


def _onward(before: PacketOnChip, deliveries: Sequence[Row]) -> Iterator[Row]:
    """Yield what the chips behind links did with a packet that has these deliveries on one chip: each chip, and then those behind it."""
    for delivery in deliveries:
        if not delivery["goes_on"]:
            continue
        chip, seq = tuple(delivery["goes_on"]["chip"]), delivery["goes_on"]["seq"]
        found = find_packet(before.tables.folder, seq, chip, before.plans)
        hops, warnings = found.hops()
        there = found.deliveries()
        yield {
            "chip": list(chip),
            "seq": seq,
            "came_over": place_of(found.plan, found.packet["src_pe"])["group"],
            "sent_q": found.packet["sent_q"],
            "entry": matching_entry(found.plan, found.packet["key"]),
            "deliveries": there,
            "hops": hops,
            "warnings": warnings,
        }
        yield from _onward(found, there)


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
