"""The emulated board: one core that plays all PEs in turn, and the memory that holds everything that they hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from firmware_models.charges import PHASES
from spinn2sim.emulation.core import PAGE, SRAM, core_of
from spinn2sim.emulation.cycle_rules import CycleRules
from spinn2sim.emulation.firmware_file import FirmwareFile

ALIGNMENT, STACK_BYTES, FIFO_PACKETS = 16, 4096, 1 << 16
# Addresses of SRAM end where those of devices begin.
MOST_BYTES = 0x2000_0000
State = TypeVar("State")


class EmulatedBoard:
    """One core, and room for the arrays of `states` and for what a wake gets: the tick and the FIFO."""

    def __init__(self, firmware: FirmwareFile, states: Sequence[Any], rules: CycleRules) -> None:
        self.firmware, self.rules = firmware, rules
        # Scratch arrays and structures need room beside the states' own arrays.
        wanted = (1 << 22) + 2 * sum(bytes_of(state) for state in states)
        self.memory = page_aligned(min(wanted, MOST_BYTES))
        self._used = ALIGNMENT
        self.core = core_of(firmware, rules, PHASES * len(states))
        # The profile of the next program's first phase.
        self.next_profile = 0
        self.stack = self.address(self.place(np.zeros(STACK_BYTES, np.uint8))) + STACK_BYTES
        self.packets = self.place(np.zeros((FIFO_PACKETS, 2), np.uint32))
        self.matched = self.place(np.ones(FIFO_PACKETS, np.uint8))
        self.fifo = self.place(np.array([0, self.address(self.packets), self.address(self.matched)], np.uint32))
        self.tick = self.place(np.zeros(3, np.int32))

    def place(self, array: NDArray[Any]) -> NDArray[Any]:
        """Return a copy of the array that lies in the core's memory. Raises MemoryError if there is no room left."""
        first = -(-self._used // ALIGNMENT) * ALIGNMENT
        self._used = first + max(1, array.nbytes)
        if self._used > self.memory.nbytes:
            raise MemoryError(f"the emulated core's memory of {self.memory.nbytes} bytes is full")
        view = self.memory[first : first + array.nbytes].view(array.dtype).reshape(array.shape)
        view[...] = array
        return view

    def place_state(self, state: State) -> State:
        """Return the state with all its arrays in the core's memory."""
        values = []
        for value in state:  # type: ignore[attr-defined]
            if isinstance(value, np.ndarray):
                values.append(self.place(value))
            else:
                values.append(self.place_state(value) if hasattr(value, "_fields") else value)
        return type(state)(*values)

    def address(self, array: NDArray[Any], row: int = 0) -> int:
        """Return where the core sees a row of a placed array."""
        stride = array.strides[0] if array.ndim else 0
        return int(array.ctypes.data) - int(self.memory.ctypes.data) + SRAM + row * stride


def bytes_of(state: Any) -> int:
    """Return the bytes that the arrays of a state take at most once they are aligned."""
    total = 0
    for value in state:
        if isinstance(value, np.ndarray):
            total += value.nbytes + 2 * ALIGNMENT
        elif hasattr(value, "_fields"):
            total += bytes_of(value)
    return total


def page_aligned(size: int) -> NDArray[np.uint8]:
    """Return zeros that begin at a page of the host, and are a whole number of pages."""
    whole = -(-size // PAGE) * PAGE
    raw = np.zeros(whole + PAGE, np.uint8)
    skip = -int(raw.ctypes.data) % PAGE
    return raw[skip : skip + whole]
