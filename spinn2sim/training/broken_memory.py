"""What a checkpoint keeps beside the optimizers' memory when something breaks during a run: all programs' states, and what faults left.

On a healthy chip every other word is written anew before it is read; on a broken one a transfer may be lost, and an old word stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_models.programs.group_program import GroupProgram
from spinn2sim.hardware.faults.part_faults import FaultMemory

Arrays = dict[str, NDArray[Any]]
TABLE, SENT = "faults_table", "faults_sent"


def broken_state(programs: Sequence[GroupProgram], memory: FaultMemory) -> Arrays:
    """Copy the states of all programs, by group and field, the flipped bits of the table, and how many packets were sent."""
    return {
        **{name: array.copy() for name, array in _arrays(programs)},
        TABLE: np.array(memory.table, np.int64).reshape(-1, 2),
        SENT: np.full(1, memory.sent, np.int64),
    }


def load_broken_state(programs: Sequence[GroupProgram], memory: FaultMemory, state: Mapping[str, NDArray[Any]]) -> None:
    """Restore a `broken_state`, whose arrays have the right shapes, except for that of the table. Raises ValueError if that is wrong."""
    table = state.get(TABLE, np.zeros(0))
    if table.ndim != 2 or table.shape[1] != 2 or table.dtype != np.int64 or (table < 0).any():
        raise ValueError(f"state {TABLE} does not fit this scenario")
    for name, array in _arrays(programs):
        array[...] = state[name]
    memory.table = [(line, bit) for line, bit in table.tolist()]
    memory.sent = int(state[SENT][0])


def _arrays(programs: Sequence[GroupProgram]) -> Iterator[tuple[str, NDArray[Any]]]:
    for program in programs:
        yield from _of_structure(f"state_{program.name}", program.state)


def _of_structure(name: str, structure: Any) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield the arrays of a structure and of those in it."""
    for field in structure._fields:
        value = getattr(structure, field)
        if isinstance(value, np.ndarray):
            yield f"{name}.{field}", value
        elif hasattr(value, "_fields"):
            yield from _of_structure(f"{name}.{field}", value)
