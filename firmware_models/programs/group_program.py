"""A program with its state, for all PEs of one group of a plan, which an engine runs step by step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_models.jit.by_reference import ByRef
from firmware_models.words import Int32s

# Classes of spinn2sim.hardware, which this package does not import: program.Unit, what one PE holds; plan.Group and plan.Plan,
# where the network is placed.
Unit = Any
Group = Any
Plan = Any


@dataclass
class GroupProgram:
    """One group's program: its name, its state (a structure of arrays, one row per PE) and its step kernel."""

    name: str
    rows: int
    outbox_capacity: int
    state: Any
    kernel: Callable[..., None]
    # Arrays of the state, [pe, ...], by name (of one within a structure with a dot) and how many 32-bit words to leave out at the start of
    # each row: the words that hold numbers, of which any value is harmless. Faults of the chip may change them.
    data_words: tuple[tuple[str, int], ...] = ()
    # The engine's inbox and outbox of the last call.
    boxes: tuple[Any, Any] | None = None
    # State, inbox and outbox as kernels take them.
    refs: tuple[ByRef[Any], ByRef[Any], ByRef[Any]] | None = None

    def step(self, pe_first: int, pe_last: int, tick: Any, inbox: Any, outbox: Any, cycles: NDArray[np.int64]) -> None:
        """Run the step of rows [pe_first, pe_last)."""
        if self.refs is None or self.boxes is None or self.boxes[0] is not inbox or self.boxes[1] is not outbox:
            self.boxes = inbox, outbox
            self.refs = ByRef(self.state), ByRef(inbox), ByRef(outbox)
        state, taken, sent = self.refs
        self.kernel(state, pe_first, pe_last, tick, taken, sent, cycles)


def column(group: Group, name: str) -> Int32s:
    """Return one of a group's columns as an array, with a number (or several) per PE."""
    return np.ascontiguousarray(group.columns[name], np.int32)
