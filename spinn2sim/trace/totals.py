"""The counts of a part as rows of tables: channels, the router's table, PEs; it counts nothing itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from spinn2sim.hardware.counters import Counters
from spinn2sim.hardware.plan import Plan
from spinn2sim.trace.columns import Columns

NOT_A_LINE = -1


def channel_columns(counters: Counters) -> Columns:
    """One row per channel: flits, quanta in which it was held, most flights that waited for it at once."""
    return {
        "channel": np.array(counters.channel_names, object),
        "flits": counters.channel_flits,
        "busy_q": counters.channel_busy_q,
        "longest": counters.channel_longest,
    }


def router_columns(counters: Counters, plan: Plan) -> Columns:
    """One row per line of the routing table, in its order, then one per counter: line -1, its name and value, without key and mask."""
    named = counters.router()
    lines, entries = len(plan.entries), plan.entries
    return {
        "line": np.array([*range(lines), *[NOT_A_LINE] * len(named)], np.int32),
        "counter": np.array([*[None] * lines, *named], object),
        "key": _objects([*(e.key for e in entries), *[None] * len(named)]),
        "mask": _objects([*(e.mask for e in entries), *[None] * len(named)]),
        "hits": np.array([*counters.entry_hits.tolist(), *named.values()], np.int64),
    }


def pe_columns(counters: Counters, plan: Plan) -> Columns:
    """One row per PE that runs a program, by core id: its group, the counts, and the SRAM bytes that the plan gives it."""
    groups = {core: (g.name, used) for g in plan.groups for core, used in zip(g.cores, g.used, strict=True)}
    cores = sorted(groups)
    return {
        "pe": np.array(cores, np.int16),
        "group": _objects([groups[core][0] for core in cores]),
        "wakes": counters.wakes[cores],
        "busy_cycles": counters.busy_cycles[cores],
        "overruns": counters.overruns[cores],
        "lost_ticks": counters.lost_ticks[cores],
        "fifo_high_water": counters.fifo_high_water[cores],
        "sram_bytes": np.array([groups[core][1] for core in cores], np.int64),
    }


def _objects(values: list[Any]) -> Any:
    return np.array(values, object)
