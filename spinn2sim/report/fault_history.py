"""What broke of a packet, and what was broken while it was on its way, from the table of faults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spinn2sim.hardware.geometry import channels
from spinn2sim.hardware.traffic.hop_replay import BrokenNetwork, LineFlip
from spinn2sim.trace.sql import Row, Tables
from spinn2sim.trace.tables import FAULTS

HAPPENED = {
    "drop": "its delivery to {place} was dropped",
    "double": "it came twice to {place}",
    "key_flip": "bit {bit} of its key was flipped as it left {place}",
    "payload_flip": "bit {bit} of its payload was flipped as it left {place}",
}


def faults_of_packet(tables: Tables, packet: Row, deliveries: Sequence[Row]) -> list[str]:
    """Return what broke of a packet, a line for each fault, given its deliveries with their `channels`."""
    if FAULTS.name not in tables.names:
        return []
    own = tables.rows(
        "SELECT kind, place, bit, outcome FROM faults WHERE packet = $seq ORDER BY kind, place",
        {"seq": packet["seq"]},
        trusted=True,
    )
    lines = [f"{HAPPENED[row['kind']].format(**row)} ({row['outcome']})" for row in own if row["kind"] in HAPPENED]
    down = {row["place"]: row["at_q"] for row in _lasting(tables, packet) if row["kind"] == "channel_down"}
    dropped = {row["place"] for row in own if row["kind"] == "drop"}
    for delivery in deliveries:
        if delivery["outcome"] == "dropped" and f"PE {delivery['dst_pe']}" not in dropped:
            lost_on = [
                name
                for name in delivery["channels"]
                if down.get(name, delivery["delivered_q"] + 1) <= delivery["delivered_q"]
            ]
            if lost_on:
                lines.append(f"lost on {lost_on[0]}, which is down, on its way to PE {delivery['dst_pe']}")
    return list(dict.fromkeys(lines))


def broken_network(folder: Path, entry_of_line: Mapping[int, int], packet: Mapping[str, Any]) -> BrokenNetwork | None:
    """Return the channels that are down and the flips of the table in the part of a packet; None if the run has no table of faults.

    `entry_of_line` gives the plan's entries by the line of the event router's table that holds them.
    """
    tables = Tables(folder)
    if FAULTS.name not in tables.names:
        return None
    numbers = {str(channel): n for n, channel in enumerate(channels())}
    down, flips = {}, []
    for row in _lasting(tables, packet):
        if row["kind"] == "channel_down":
            down[numbers[row["place"]]] = int(row["at_q"])
        elif int(row["place"].removeprefix("line ")) in entry_of_line:
            entry = entry_of_line[int(row["place"].removeprefix("line "))]
            flips.append(LineFlip(int(row["at_q"]), entry, int(row["bit"])))
    return BrokenNetwork(down, sorted(flips))


def _lasting(tables: Tables, packet: Mapping[str, Any]) -> list[Row]:
    """Return the faults of channels and lines in the part of a packet."""
    where = "epoch = $epoch AND part = $part AND kind IN ('channel_down', 'table_flip')"
    part = {"epoch": int(packet["epoch"]), "part": str(packet["part"])}
    return tables.rows(f"SELECT kind, place, bit, at_q FROM faults WHERE {where}", part, trusted=True)
