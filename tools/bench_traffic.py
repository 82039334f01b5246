"""A compiled program without neurons for tools/bench.py: each PE sends a fixed number of packets in every tick.

A module of its own, since the compiled engine names its cache by all sources of the package that a kernel comes from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

OPTIONS: dict[str, Any] = {"error_model": "numpy", "_nrt": False}  # as the firmware's steps are compiled


class TrafficState(NamedTuple):
    """Rows are PEs."""

    per_tick: int
    gap: int  # core cycles between two packets of a PE
    key: NDArray[np.int64]  # [pe, per_tick]
    start: NDArray[np.int64]  # [pe]: core cycle of the first packet
    taken: NDArray[np.int64]  # [pe]: packets found in the FIFO so far


@numba.njit(cache=True, **OPTIONS)  # type: ignore[untyped-decorator]
def traffic_step(state: Any, pe_first: Any, pe_last: Any, tick: Any, inbox: Any, outbox: Any, cycles: Any) -> None:
    """Count what came, send per_tick packets `gap` cycles apart."""
    for row in range(pe_first, pe_last):
        state.taken[row] += inbox.last[row] - inbox.first[row]
        for n in range(state.per_tick):
            at = outbox.count[0]
            outbox.row[at] = row
            outbox.key[at] = state.key[row, n]
            outbox.payload[at] = 0
            outbox.has_payload[at] = 0
            outbox.cycle[at] = state.start[row] + n * state.gap
            outbox.transfer[at] = -1
            outbox.argument[at] = 0
            outbox.count[0] = at + 1
        cycles[row] = state.start[row] + state.per_tick * state.gap


@dataclass
class Traffic:
    """The group's program; both engines take it."""

    name: str
    rows: int
    outbox_capacity: int
    state: TrafficState
    kernel: Any = traffic_step

    def step(self, pe_first: int, pe_last: int, tick: Any, inbox: Any, outbox: Any, cycles: Any) -> None:
        """Run rows [pe_first, pe_last)."""
        self.kernel(self.state, pe_first, pe_last, tick, inbox, outbox, cycles)
