"""Packets sent by each PE and flits on each channel, per tick, from packets counted by sender and key; it knows no queues.

A tick's packets are those sent in it. Counting alike packets together is what makes ten million of them quick.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.facts import FLIT_PAYLOAD_BYTES, N_CORES
from spinn2sim.hardware.geometry import quad_of
from spinn2sim.report.run_data import RunData
from spinn2sim.trace.channel_loads import routes

# Each packet of a (sender, key) has the same destinations, so that the most deliveries to one of them are the packets.
ALIKE_SQL = f"""
    WITH alike AS (
        SELECT tick, src_pe, key, bytes = 0 OR layer >= 0 AS multicast, outcome = 'no_route' AS lost, dst_pe,
               if(multicast, NULL, dst_pe) AS target, count(*) AS packets,
               CAST(sum(greatest(1, (bytes + {FLIT_PAYLOAD_BYTES - 1}) // {FLIT_PAYLOAD_BYTES})) AS BIGINT) AS flits
        FROM packets WHERE part = ? GROUP BY ALL)
    SELECT tick, src_pe, multicast, lost, list(DISTINCT dst_pe ORDER BY dst_pe) AS targets, max(packets) AS packets, max(flits) AS flits
    FROM alike GROUP BY tick, src_pe, key, multicast, lost, target ORDER BY tick, src_pe, key, multicast, lost, target
"""


@dataclass(frozen=True)
class Traffic:
    """All traced batches of one part: sent [ticks, 152] packets by sender, core id 1 first; flits [ticks, channels] of those used."""

    sent: NDArray[np.float64]
    channels: list[str]
    flits: NDArray[np.float64]


def traffic(run: RunData, part: str, ticks: NDArray[np.int64]) -> Traffic:
    """`ticks` are consecutive, and all that the part has. Raises AbsentError without a trace."""
    found = run.need("packets").sql(ALIKE_SQL, (part,), trusted=True)
    sent = np.zeros((len(ticks), N_CORES))
    numbers: dict[str, int] = {}
    paths: dict[tuple[int, bool, bool, tuple[int, ...]], NDArray[np.int64]] = {}
    rows, cells, weights = [], [], []
    columns = (found.column(name).to_pylist() for name in found.column_names)
    for tick, source, multicast, lost, targets, packets, flits in zip(*columns, strict=True):
        row, way = tick - int(ticks[0]), (source, multicast, lost, tuple(targets))
        if way not in paths:
            paths[way] = np.array([numbers.setdefault(c, len(numbers)) for c in channels_of(*way)], np.int64)
        sent[row, source - 1] += packets
        rows.append(np.full(len(paths[way]), row))
        cells.append(paths[way])
        weights.append(np.full(len(paths[way]), flits, np.float64))
    loads = np.zeros((len(ticks), len(numbers)))
    if cells:
        np.add.at(loads, (np.concatenate(rows), np.concatenate(cells)), np.concatenate(weights))
    return Traffic(sent, list(numbers), loads)


def channels_of(source: int, multicast: bool, lost: bool, targets: tuple[int, ...]) -> tuple[str, ...]:
    """The channels that one packet passes: to the event router once, from there once for each quad."""
    one_each = {quad_of(target) if target else None: target for target in targets}.values()
    found = [routes(source, target, multicast, "no_route" if lost else "on_time") for target in one_each]
    return (*found[0][0], *(channel for _, outward in found for channel in outward))
