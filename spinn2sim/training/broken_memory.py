"""What a checkpoint keeps beside the optimizers' memory when something breaks during a run: the PEs' words, and what faults left.

On a healthy chip every other word is written anew before it is read; on a broken one a transfer may be lost, and the old word stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_models.programs.group_program import GroupProgram
from spinn2sim.hardware.faults.part_faults import FaultMemory

Arrays = dict[str, NDArray[Any]]
TABLE, SENT = "faults_table", "faults_sent"
# Arrays of delays in steps, which come by transfers and are used as indices.
DELAYS = ("delay", "axon_delay")


def broken_state(programs: Sequence[GroupProgram], memory: FaultMemory) -> Arrays:
    """Copy the words of all programs that a transfer may fail to write, the flipped bits of the table, and how many packets were sent."""
    return {
        **{name: array.copy() for name, array, _ in _arrays(programs)},
        TABLE: memory.table.copy(),
        SENT: np.full(1, memory.sent, np.int64),
    }


def load_broken_state(programs: Sequence[GroupProgram], memory: FaultMemory, state: Mapping[str, NDArray[Any]]) -> None:
    """Restore a `broken_state`, whose arrays have the right shapes. Raises ValueError for a delay that there cannot be."""
    for name, array, longest in _arrays(programs):
        if longest is not None and array.size and not 0 <= state[name].min() <= state[name].max() <= longest:
            raise ValueError(f"state {name}: found a delay outside 0 to {longest}")
        array[...] = state[name]
    memory.table = state[TABLE].copy()
    memory.sent = int(state[SENT][0])


def _arrays(programs: Sequence[GroupProgram]) -> Iterator[tuple[str, NDArray[Any], int | None]]:
    """Yield the name of each array, the array, and its largest value if there is one."""
    for program in programs:
        for name, _ in program.data_words:
            yield f"state_{program.name}.{name}", attrgetter(name)(program.state), None
        if hasattr(program.state, "delays") and hasattr(program.state, "axon_delay"):
            for name in DELAYS:
                longest = max(0, program.state.delays.ring.shape[1] - 1)
                yield f"state_{program.name}.{name}", getattr(program.state, name), longest
