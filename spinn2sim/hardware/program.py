"""The protocol between an engine and the programs of the PEs.

An engine owns one Inbox and one Outbox per group, writes the first, calls `step`, and reads the second. `step` may be called
for one PE at a time or for all PEs of the group, with equal results.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

NO_TRANSFER = -1


class TimerTick(NamedTuple):
    """What programs learn of a timer interrupt."""

    # A packet.Phase.
    phase: int
    # In the forward and the backward phase the time step, in the reduce phase the round, otherwise 0.
    step: int
    # Counts from 0 in each part.
    batch: int


class Inbox(NamedTuple):
    """The packets that were in the FIFOs at a wake: those of row r are [first[r], last[r])."""

    # [rows]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    # [capacity]; the payload is 0 if the packet has none of 32 bits
    key: NDArray[np.uint32]
    payload: NDArray[np.int32]
    # [capacity]; the engine sets 1, and a program clears it for an error that belongs to no recorded spike
    matched: NDArray[np.uint8]
    # [capacity, 2], the words of a long packet, and 0 for another one; [0, 2] where the plan has no long packets
    long: NDArray[np.int64]


class Outbox(NamedTuple):
    """What the programs of a group send, in the order of sending; the first count[0] entries are valid."""

    # [1]; hides the method tuple.count, which is not needed. All others are [capacity].
    count: NDArray[np.int64]  # type: ignore[assignment]
    row: NDArray[np.int32]
    key: NDArray[np.uint32]
    payload: NDArray[np.int32]
    # packet.NO_PAYLOAD, PAYLOAD, or LONG_PAYLOAD, which the plan must allow.
    has_payload: NDArray[np.uint8]
    # Core cycles from the wake to the send.
    cycle: NDArray[np.int64]
    # The number of a transfer in the plan, or NO_TRANSFER for a packet.
    transfer: NDArray[np.int32]
    # For a transfer from or to DRAM, the row of the DRAM array.
    argument: NDArray[np.int64]
    # [capacity, 2], the words of a long packet; [0, 2] where the plan has no long packets
    long: NDArray[np.int64]


class Program(Protocol):
    """One group's program with its state."""

    # The name of the group: "input", "lif1", "loss", "optimizer1", ...
    name: str
    rows: int
    # The most entries that one PE can send in one wake.
    outbox_capacity: int

    @property
    def state(self) -> NamedTuple:
        """The state as a structure of arrays [pe, ...], one row per PE. Transfers look up its fields by name."""

    def step(
        self, pe_first: int, pe_last: int, tick: TimerTick, inbox: Inbox, outbox: Outbox, cycles: NDArray[np.int64]
    ) -> None:
        """Run rows [pe_first, pe_last): read the inbox, append to the outbox, and set cycles[row], the busy core cycles of this wake."""


def make_inbox(rows: int, capacity: int, long: bool = False) -> Inbox:
    """Make an empty inbox with room for `capacity` packets in all, which may be long ones."""
    return Inbox(
        np.zeros(rows, np.int64), np.zeros(rows, np.int64), np.zeros(capacity, np.uint32),
        np.zeros(capacity, np.int32), np.ones(capacity, np.uint8), np.zeros((capacity if long else 0, 2), np.int64),
    )  # fmt: skip


def make_outbox(capacity: int, long: bool = False) -> Outbox:
    """Make an empty outbox with room for `capacity` entries, which may be long packets."""
    return Outbox(
        np.zeros(1, np.int64), np.zeros(capacity, np.int32), np.zeros(capacity, np.uint32), np.zeros(capacity, np.int32),
        np.zeros(capacity, np.uint8), np.zeros(capacity, np.int64), np.full(capacity, NO_TRANSFER, np.int32), np.zeros(capacity, np.int64),
        np.zeros((capacity if long else 0, 2), np.int64),
    )  # fmt: skip


@dataclass(frozen=True)
class Listed:
    """The projections that one PE holds as rows of (target, delay, weight), in counts, and the places of matrices that this saves."""

    # Source neurons with such rows, and synapses in them.
    rows: int = 0
    synapses: int = 0
    # The places saved; of these, those whose sources take errors, those with delays, and those in the matrix of delay gradients.
    absent: int = 0
    absent_errors: int = 0
    absent_delayed: int = 0
    absent_learning: int = 0


NOTHING_LISTED = Listed()


@dataclass(frozen=True)
class Unit:
    """What one PE would hold, in counts, for which mapping asks for bytes and cycles. Counts that a program does not use are 0."""

    # "input", "lif", "readout", "loss", "peak_loss" or "optimizer".
    program: str
    # Source neurons of all incoming projections (of the loss: outputs), and neurons of the share.
    sources: int = 0
    neurons: int = 0
    # How many of the sources are no inputs, and so get an error for each of their spikes.
    error_sources: int = 0
    # How many of the sources have delays, how many of these learn one for each synapse, and the longest delay + 1.
    delayed_sources: int = 0
    learning_sources: int = 0
    delay_slots: int = 0
    # What it holds as rows and not as matrices.
    listed: Listed = NOTHING_LISTED
    # Whether each neuron has time constants of its own.
    own_time_constants: bool = False
    # Whether its neurons rest after a spike.
    rests: bool = False
    output: bool = False
    # PEs that send errors to each neuron of the share, without the loss.
    error_senders: int = 0
    # Optimizer PEs that take this share's gradient.
    slices: int = 0
    # Of an optimizer: source rows that it holds, and buffer slots, one for each copy (of axonal delays, each share of a copy) whose
    # gradients it holds at a time; and whether it holds delays.
    pre_rows: int = 0
    slots: int = 0
    delays: bool = False
    # On a board: the most words of its vector that it exchanges in a tick, and how many chips send partial sums to its own.
    chunk: int = 0
    chunk_senders: int = 0
    # Of an input: the most spikes of one sample.
    events: int = 0


class Firmware(Protocol):
    """What mapping must know of the programs: their bytes and cycles."""

    # The bytes of one weight in a transfer.
    weight_bytes: int
    # Whether spike counts are sent with the gradients.
    send_counts: bool

    def regions(self, unit: Unit) -> dict[str, int]:
        """Return SRAM bytes by region name, without code, stack and FIFO."""

    def worst_cycles(self, unit: Unit, phase: int) -> int:
        """Return the most core cycles of one wake in a phase, if every source neuron fires once."""
