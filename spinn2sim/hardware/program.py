"""The contract between an engine and the programs of the PEs.

An engine owns one Inbox and one Outbox per group, writes the first, calls `step`, and reads the second. `step` may be called
for one PE at a time or for all PEs of the group: the result is the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

NO_TRANSFER = -1


class TimerTick(NamedTuple):
    """What the timer interrupt means: which phase, which step of it, which batch of the part."""

    # a packet.Phase
    phase: int
    # forward and backward: the time step; reduce: the round; else 0
    step: int
    # counts from 0 in a part
    batch: int


class Inbox(NamedTuple):
    """What the FIFOs held at the wake: packets of row r are [first[r], last[r])."""

    # [rows]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    # [capacity]; the payload is 0 where the packet has none
    key: NDArray[np.uint32]
    payload: NDArray[np.int32]
    # [capacity]: the engine sets 1, a program clears it where an error met no recorded spike
    matched: NDArray[np.uint8]


class Outbox(NamedTuple):
    """What the programs send, in the order in which they send it; count[0] entries are valid."""

    # [1]; hides tuple.count, which nobody asks
    count: NDArray[np.int64]  # type: ignore[assignment]
    row: NDArray[np.int32]
    key: NDArray[np.uint32]
    payload: NDArray[np.int32]
    has_payload: NDArray[np.uint8]
    # core cycles after the wake
    cycle: NDArray[np.int64]
    # number of a transfer in the plan, or NO_TRANSFER for a packet
    transfer: NDArray[np.int32]
    # transfer from or to DRAM: row of the DRAM array
    argument: NDArray[np.int64]


class Program(Protocol):
    """One group's program with its state. `state` is a NamedTuple: a structure of arrays [pe, ...], one row per PE."""

    # of the group: "input", "lif1", "loss", "optimizer1", ...
    name: str
    rows: int
    # the most entries that one PE can send in one wake
    outbox_capacity: int

    @property
    def state(self) -> NamedTuple:
        """The structure of arrays; fields can be looked up by name (transfers do)."""

    def step(
        self, pe_first: int, pe_last: int, tick: TimerTick, inbox: Inbox, outbox: Outbox, cycles: NDArray[np.int64]
    ) -> None:
        """Run rows [pe_first, pe_last): read the inbox, append to the outbox, write cycles[row] (busy core cycles of this wake)."""


def make_inbox(rows: int, capacity: int) -> Inbox:
    """An empty inbox with room for `capacity` packets in all."""
    return Inbox(
        np.zeros(rows, np.int64), np.zeros(rows, np.int64), np.zeros(capacity, np.uint32),
        np.zeros(capacity, np.int32), np.ones(capacity, np.uint8),
    )  # fmt: skip


def make_outbox(capacity: int) -> Outbox:
    """An empty outbox with room for `capacity` entries."""
    return Outbox(
        np.zeros(1, np.int64), np.zeros(capacity, np.int32), np.zeros(capacity, np.uint32), np.zeros(capacity, np.int32),
        np.zeros(capacity, np.uint8), np.zeros(capacity, np.int64), np.full(capacity, NO_TRANSFER, np.int32), np.zeros(capacity, np.int64),
    )  # fmt: skip


@dataclass(frozen=True)
class Unit:
    """What one PE is asked to hold, in counts: how mapping asks for bytes and cycles. What a program does not use is 0."""

    # "input", "lif" or "readout", "loss" or "peak_loss", "optimizer"
    program: str
    layer: int = 0
    # neurons of the layer below, and of the share
    sources: int = 0
    neurons: int = 0
    output: bool = False
    # PEs of the layer above: each sends its own partial errors
    parts_above: int = 0
    # optimizer PEs that take this share's gradient
    slices: int = 0
    # optimizer: source rows that it holds, and copies whose gradients stand beside each other
    pre_rows: int = 0
    slots: int = 0
    # input: most spikes of one sample
    events: int = 0


class Firmware(Protocol):
    """What mapping asks of the programs: bytes and cycles, never formats or neurons."""

    # of one weight, as it travels
    weight_bytes: int
    # whether spike counts travel with the gradients
    send_counts: bool

    def regions(self, unit: Unit) -> dict[str, int]:
        """SRAM bytes by region name, without code, stack and FIFO."""

    def worst_cycles(self, unit: Unit, phase: int) -> int:
        """The most core cycles of one wake in a phase, when every source neuron fires once."""
