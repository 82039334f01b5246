"""The load of each network channel per tick, from packets counted by sender and key; it knows routes but no queues.

A packet goes to the event router once; behind it one copy goes to each quad. A tick's packets are those sent in it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinn2sim.report.run_data import RunData
from spinn2sim.spec.chip import FLIT_PAYLOAD_BYTES, Quad, dram_slot_of, quad_of, slot_of, xy_route

Stage = tuple[str, Quad, Quad]  # "in", "hop", "out", "read" (from DRAM) or "write" (to it); from, to
LOADS_SQL = f"""
    WITH hops AS (
        SELECT tick, src_pe, key, bytes > 0 AND layer < 0 AS direct, outcome = 'no_route' AS lost, dst_pe,
               if(direct, dst_pe, NULL) AS target,
               CAST(sum(greatest(1, (bytes + {FLIT_PAYLOAD_BYTES - 1}) // {FLIT_PAYLOAD_BYTES})) AS BIGINT) AS flits
        FROM packets WHERE part = ? GROUP BY ALL)
    SELECT tick, src_pe, direct, lost, list(DISTINCT dst_pe ORDER BY dst_pe) AS targets, max(flits) AS flits
    FROM hops GROUP BY tick, src_pe, key, direct, lost, target ORDER BY tick, src_pe, key, direct, lost, target
"""  # noqa: S608 - numbers of our own


@dataclass(frozen=True)
class ChannelLoads:
    """Flits on each channel that carried any: stages [c], flits [ticks, c] in all traced batches."""

    stages: list[Stage]
    flits: NDArray[np.float64]


def channel_loads(run: RunData, part: str, ticks: NDArray[np.int64]) -> ChannelLoads:
    """Flits per channel and tick of one part. `ticks` [t] are the ticks that count, sorted. Raises AbsentError."""
    found = run.need("packets").sql(LOADS_SQL, (part,))
    columns = {name: found.column(name).to_pylist() for name in found.column_names}
    numbers: dict[Stage, int] = {}
    paths: dict[tuple[int, bool, bool, tuple[int, ...]], NDArray[np.int64]] = {}
    cells, weights = [], []
    row_of = {int(tick): row for row, tick in enumerate(ticks)}
    for tick, source, direct, lost, targets, flits in zip(*columns.values(), strict=True):
        way = (source, direct, lost, tuple(targets))
        if way not in paths:
            stages = direct_stages(source, targets[0]) if direct else multicast_stages(source, [] if lost else targets)
            paths[way] = np.array([numbers.setdefault(stage, len(numbers)) for stage in stages], np.int64)
        cells.append((row_of[tick] << 32) | paths[way])
        weights.append(np.full(len(paths[way]), flits, np.float64))
    loads = np.zeros((len(ticks), len(numbers)))
    if cells:
        cell = np.concatenate(cells)
        np.add.at(loads, (cell >> 32, cell & 0xFFFFFFFF), np.concatenate(weights))
    return ChannelLoads(list(numbers), loads)


def multicast_stages(source: int, targets: list[int]) -> list[Stage]:
    """The channels of a packet from a PE through the event router to PEs: one copy leaves the router for each quad."""
    quad = quad_of(source)
    stages = [("in", quad, quad), *_hops(quad, slot_of(quad))]
    for end in dict.fromkeys(quad_of(target) for target in targets):
        stages += [*_hops(slot_of(end), end), ("out", end, end)]
    return stages


def direct_stages(source: int, target: int) -> list[Stage]:
    """The channels of a DMA transfer: to the DRAM (target 0), from it (a PE that reads for itself), or from PE to PE."""
    start = quad_of(source)
    if target == 0:
        slot = dram_slot_of(start)
        return [("in", start, start), *_hops(start, slot), ("write", slot, slot)]
    end = quad_of(target)
    if source == target:
        slot = dram_slot_of(end)
        return [("read", slot, slot), *_hops(slot, end), ("out", end, end)]
    return [("in", start, start), *_hops(start, end), ("out", end, end)]


def _hops(start: Quad, end: Quad) -> list[Stage]:
    return [("hop", a, b) for a, b in xy_route(start, end)]
