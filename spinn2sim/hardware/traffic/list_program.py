"""A program without neurons: each PE sends packets from a list at the listed times. It is never busy and ignores what it receives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_models.jit.compiler import kernels_of
from spinn2sim.hardware.program import Inbox, Outbox, TimerTick

kernel = kernels_of(__package__)


class ListState(NamedTuple):
    """The entries of all PEs, sorted by PE and then by time."""

    # [pe]: the first entry that has not been sent yet, and the one after the PE's last
    next: NDArray[np.int64]
    last: NDArray[np.int64]
    # [entry]: the step in which it is sent, and the core cycles from that step's wake to the send
    tick: NDArray[np.int64]
    cycle: NDArray[np.int64]
    # [entry]: the key, and the number of a transfer or NO_TRANSFER
    key: NDArray[np.uint32]
    transfer: NDArray[np.int32]


@kernel
def send_list(state: Any, pe_first: Any, pe_last: Any, tick: Any, inbox: Any, outbox: Any, cycles: Any) -> None:
    """Send each PE's entries of this tick, in order."""
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
    """The program of the only group of a send list's plan; it plays the list once."""

    name: str
    rows: int
    outbox_capacity: int
    state: ListState
    kernel: Any = send_list

    def step(
        self, pe_first: int, pe_last: int, tick: TimerTick, inbox: Inbox, outbox: Outbox, cycles: NDArray[np.int64]
    ) -> None:
        """Run rows [pe_first, pe_last) without compiling, which would not pay: the discrete-event engine spends its time on the packets."""
        plain: Any = getattr(send_list, "py_func", send_list)
        plain(self.state, pe_first, pe_last, tick, inbox, outbox, cycles)
