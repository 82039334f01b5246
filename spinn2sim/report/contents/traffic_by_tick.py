"""The packets that each PE sent and the flits on each channel, by the tick in which they were sent.

Packets with the same sender and key are counted together, which makes counting ten million of them fast.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.chip_routes import ChipRoutes
from spinn2sim.hardware.facts import FLIT_PAYLOAD_BYTES, N_CORES
from spinn2sim.hardware.geometry import quad_of
from spinn2sim.report.run_data import RunData
from spinn2sim.trace.channel_loads import routes
from spinn2sim.trace.dead_parts_of_run import routes_of_run

# All packets of one sender and key have the same destinations, so their number is the largest number of deliveries to one destination.
ALIKE_SQL = f"""
    WITH alike AS (
        SELECT tick, src_pe, key, kind <> 'dma' OR layer >= 0 AS multicast, outcome = 'no_route' AS lost, dst_pe,
               if(multicast, NULL, dst_pe) AS target, count(*) AS packets,
               CAST(sum(greatest(1, (bytes + {FLIT_PAYLOAD_BYTES - 1}) // {FLIT_PAYLOAD_BYTES})) AS BIGINT) AS flits
        FROM packets WHERE part = ? GROUP BY ALL)
    SELECT tick, src_pe, multicast, lost, list(DISTINCT dst_pe ORDER BY dst_pe) AS targets, max(packets) AS packets, max(flits) AS flits
    FROM alike GROUP BY tick, src_pe, key, multicast, lost, target ORDER BY tick, src_pe, key, multicast, lost, target
"""


@dataclass(frozen=True)
class TrafficByTick:
    """The traffic of all traced batches of one part together."""

    # The packets by sender, from core id 1 on: [ticks, 152].
    sent: NDArray[np.float64]
    # The channels that were used, and the flits on them: [ticks, channels].
    channels: list[str]
    flits: NDArray[np.float64]


def traffic_by_tick(run: RunData, part: str, ticks: NDArray[np.int64]) -> TrafficByTick:
    """Count the traffic of a part, whose ticks, all consecutive, are `ticks`. Raises AbsentError without a trace."""
    found = run.need("packets").sql(ALIKE_SQL, (part,), trusted=True)
    sent = np.zeros((len(ticks), N_CORES))
    numbers: dict[str, int] = {}
    chip = routes_of_run(run.folder)
    paths: dict[tuple[int, bool, bool, tuple[int, ...]], NDArray[np.int64]] = {}
    rows, cells, weights = [], [], []
    columns = (found.column(name).to_pylist() for name in found.column_names)
    for tick, source, multicast, lost, targets, packets, flits in zip(*columns, strict=True):
        row, path = tick - int(ticks[0]), (source, multicast, lost, tuple(targets))
        if path not in paths:
            paths[path] = np.array(
                [numbers.setdefault(c, len(numbers)) for c in channels_passed(chip, *path)], np.int64
            )
        if source <= N_CORES:  # and not what came over a link
            sent[row, source - 1] += packets
        rows.append(np.full(len(paths[path]), row))
        cells.append(paths[path])
        weights.append(np.full(len(paths[path]), flits, np.float64))
    loads = np.zeros((len(ticks), len(numbers)))
    if cells:
        np.add.at(loads, (np.concatenate(rows), np.concatenate(cells)), np.concatenate(weights))
    return TrafficByTick(sent, list(numbers), loads)


def channels_passed(
    chip: ChipRoutes, source: int, multicast: bool, lost: bool, targets: tuple[int, ...]
) -> tuple[str, ...]:
    """Return the channels that one packet passes: to the event router once, from there once for each quad."""
    one_of_each_quad = {quad_of(target) if 0 < target <= N_CORES else -target: target for target in targets}.values()
    found = [routes(source, target, multicast, "no_route" if lost else "on_time", chip) for target in one_of_each_quad]
    return (*found[0][0], *(channel for _, outbound in found for channel in outbound))
