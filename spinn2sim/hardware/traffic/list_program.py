"""A program without neurons: each PE sends what a list says, when it says so; it is never busy and never looks at what comes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.engines.compiled.jit import kernel
from spinn2sim.hardware.program import Inbox, Outbox, Tick


class ListState(NamedTuple):
    """Entries of all PEs, by PE and then by time; `next` is each PE's first entry that was not sent yet."""

    next: NDArray[np.int64]  # [pe]
    last: NDArray[np.int64]  # [pe]
    tick: NDArray[np.int64]  # [entry]: the step in which it is sent
    cycle: NDArray[np.int64]  # [entry]: core cycles after that step's wake
    key: NDArray[np.uint32]  # [entry]
    transfer: NDArray[np.int32]  # [entry]: number of a transfer, or NO_TRANSFER


@kernel
def send_list(state: Any, pe_first: Any, pe_last: Any, tick: Any, inbox: Any, outbox: Any, cycles: Any) -> None:
    """Send each PE's entries of this tick, in their order."""
    for row in range(pe_first, pe_last):
        entry = state.next[row]
        while entry < state.last[row] and state.tick[entry] == tick.step:
            at = outbox.count[0]
            outbox.row[at] = row
            outbox.key[at] = state.key[entry]
            outbox.payload[at] = 0
            outbox.has_payload[at] = 0
            outbox.cycle[at] = state.cycle[entry]
            outbox.transfer[at] = state.transfer[entry]
            outbox.argument[at] = 0
            outbox.count[0] = at + 1
            entry += 1
        state.next[row] = entry
        cycles[row] = 0


@dataclass
class ListPlayer:
    """The one group's program, for both engines; it plays its list once."""

    name: str
    rows: int
    outbox_capacity: int
    state: ListState
    kernel: Any = send_list

    def step(
        self, pe_first: int, pe_last: int, tick: Tick, inbox: Inbox, outbox: Outbox, cycles: NDArray[np.int64]
    ) -> None:
        """Run rows [pe_first, pe_last), uncompiled: the discrete-event engine takes far longer for the packets themselves."""
        compiled: Any = send_list
        compiled.py_func(self.state, pe_first, pe_last, tick, inbox, outbox, cycles)
