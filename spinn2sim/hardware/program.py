"""The contract between an engine and the programs of the PEs; it knows arrays and packets, never neurons.

An engine owns one Inbox and one Outbox per group, writes the first, calls `step`, and reads the second. `step` may be called
for one PE at a time or for all PEs of the group: the result is the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

NO_TRANSFER = -1


class Tick(NamedTuple):
    """What the timer interrupt means: which phase, which step of it, which batch of the part."""

    phase: int  # packet.Phase
    step: int  # forward and backward: numerics' i; reduce: round number; else 0
    batch: int  # counts from 0 in a part


class Inbox(NamedTuple):
    """What the FIFOs held at the wake: packets of row r are [first[r], last[r])."""

    first: NDArray[np.int64]  # [rows]
    last: NDArray[np.int64]  # [rows]
    key: NDArray[np.uint32]  # [capacity]
    payload: NDArray[np.int32]  # [capacity]; 0 where the packet has none
    matched: NDArray[
        np.uint8
    ]  # [capacity]; the engine sets 1, a program clears it where an error met no recorded spike


class Outbox(NamedTuple):
    """What the programs send, in the order in which they send it; count[0] entries are valid."""

    count: NDArray[np.int64]  # type: ignore[assignment]  # [1]; hides tuple.count, which nobody asks
    row: NDArray[np.int32]
    key: NDArray[np.uint32]
    payload: NDArray[np.int32]
    has_payload: NDArray[np.uint8]
    cycle: NDArray[np.int64]  # core cycles after the wake
    transfer: NDArray[np.int32]  # number of a transfer in the plan, or NO_TRANSFER for a packet
    argument: NDArray[np.int64]  # transfer from or to DRAM: row of the DRAM array


class Program(Protocol):
    """One group's program with its state. `state` is a NamedTuple: a structure of arrays [pe, ...], one row per PE."""

    name: str  # of the group: "input", "lif1", "loss", "optimizer1", ...
    rows: int
    outbox_capacity: int  # the most entries that one PE can send in one wake

    @property
    def state(self) -> NamedTuple:
        """The structure of arrays; fields can be looked up by name (transfers do)."""

    def step(
        self, pe_first: int, pe_last: int, tick: Tick, inbox: Inbox, outbox: Outbox, cycles: NDArray[np.int64]
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

    program: str  # "input", "lif" or "readout", "loss" or "peak_loss", "optimizer"
    layer: int = 0
    sources: int = 0  # neurons of the layer below
    neurons: int = 0  # neurons of the share
    output: bool = False
    parts_above: int = 0  # PEs of the layer above, each sends its own partial errors
    slices: int = 0  # optimizer PEs that take this share's gradient
    pre_rows: int = 0  # optimizer: source rows that it holds
    slots: int = 0  # optimizer: copies whose gradients stand beside each other
    events: int = 0  # input: most spikes of one sample


class Firmware(Protocol):
    """What mapping asks of the programs: bytes and cycles, never formats or neurons."""

    weight_bytes: int  # of one weight, as it travels
    send_counts: bool  # spike counts travel with the gradients

    def regions(self, unit: Unit) -> dict[str, int]:
        """SRAM bytes by region name, without code, stack and FIFO."""

    def worst_cycles(self, unit: Unit, phase: int) -> int:
        """The most core cycles of one wake in a phase, when every source neuron fires once."""
