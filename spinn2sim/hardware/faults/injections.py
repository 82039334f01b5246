"""The record of injections: a row of integers for each fault that acted in a part, with what became of it.

Detected: a counter of the chip shows it. Masked: it changed nothing. Lost: nothing on the chip shows it, and results may differ.
docs/reference/chip-faults.md says for each kind when it is which.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import BalanceError
from spinn2sim.hardware.part_ticks import PartTicks

Words = NDArray[np.int64]
# The injections of a part, in their order: batch and tick (by the trace's number) in which they acted or began, and the packet, or NONE.
Injections = NDArray[np.void]
INJECTION_TYPE = np.dtype([
    ("batch", np.int32), ("tick", np.int32), ("kind", np.int8), ("place", np.int32), ("word", np.int32), ("bit", np.int16),
    ("at_q", np.int64), ("seq", np.int64), ("outcome", np.int8),
])  # fmt: skip


class FaultKind(IntEnum):
    """What broke."""

    DROP = 0
    DOUBLE = 1
    KEY_FLIP = 2
    PAYLOAD_FLIP = 3
    SRAM_FLIP = 4
    TABLE_FLIP = 5
    HUNG_PE = 6
    CLOCK_DRIFT = 7
    CHANNEL_DOWN = 8


class FaultOutcome(IntEnum):
    """What became of it. A later discovery raises the outcome, and never lowers it."""

    MASKED = 0
    LOST = 1
    DETECTED = 2


# The columns of a row. PLACE is a core id, a line of the table or the position of a channel; TICK the number of a tick in the part; AT an
# instant in quanta; SEQ the number of the packet. NONE where there is no such thing.
KIND, PLACE, WORD, BIT, TICK, AT, SEQ, OUTCOME = range(8)
COLUMNS = 8
NONE = -1


class Injection(NamedTuple):
    """One row, with its columns by name."""

    kind: int
    place: int
    word: int
    bit: int
    tick: int
    at_q: int
    seq: int
    outcome: int


class InjectionLog:
    """Rows in a table that grows, and how many were injected of each kind."""

    def __init__(self) -> None:
        self.table: Words = np.zeros((256, COLUMNS), np.int64)
        self.count = 0
        self.injected: Words = np.zeros(len(FaultKind), np.int64)

    def add(self, row: Injection) -> int:
        """Append a row and return its number."""
        self.make_room(1)
        self.table[self.count] = row
        self.count += 1
        self.injected[row.kind] += 1
        return self.count - 1

    def make_room(self, rows: int) -> None:
        """Make sure that `rows` more fit."""
        if self.count + rows > len(self.table):
            grown = np.zeros((2 * (self.count + rows), COLUMNS), np.int64)
            grown[: self.count] = self.table[: self.count]
            self.table = grown

    def raise_to(self, number: int, outcome: FaultOutcome) -> None:
        """Raise the outcome of a row."""
        self.table[number, OUTCOME] = max(self.table[number, OUTCOME], outcome)

    def rows(self) -> Words:
        """Return all rows in an order that does not depend on the engine: by tick, instant, and then all other columns."""
        found = self.table[: self.count]
        order = np.lexsort([found[:, c] for c in (OUTCOME, SEQ, BIT, WORD, PLACE, KIND, AT, TICK)])
        return found[order]


def as_injections(rows: Words, ticks: PartTicks) -> Injections:
    """Convert rows of a log, with ticks by batch and trace number in place of their number in the part."""
    found: Injections = np.zeros(len(rows), INJECTION_TYPE)
    numbers, which = np.unique(rows[:, TICK], return_inverse=True)
    named = [ticks.tick(number) for number in numbers.tolist()]
    found["batch"] = np.array([tick.batch for tick in named], np.int32)[which]
    found["tick"] = np.array([tick.trace_tick for tick in named], np.int32)[which]
    for name, column in (
        ("kind", KIND),
        ("place", PLACE),
        ("word", WORD),
        ("bit", BIT),
        ("at_q", AT),
        ("seq", SEQ),
        ("outcome", OUTCOME),
    ):
        found[name] = rows[:, column]
    return found


def outcome_counts(rows: Words) -> Words:
    """Count rows by kind and outcome: [kinds, outcomes]."""
    found = np.zeros((len(FaultKind), len(FaultOutcome)), np.int64)
    np.add.at(found, (rows[:, KIND], rows[:, OUTCOME]), 1)
    return found


def refuse_unbalanced(injected: Sequence[int], rows: Words) -> None:
    """Raise BalanceError unless, for each kind, injected = detected + masked + lost."""
    for kind, (times, found) in enumerate(zip(injected, outcome_counts(rows).sum(axis=1).tolist(), strict=True)):
        if times != found:
            name = FaultKind(kind).name.lower()
            raise BalanceError(f"faults of kind {name}: {times} injected, but detected, masked and lost make {found}")
