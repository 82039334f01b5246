"""Where the cycles of a part went, as rows of the table `cycles`: what programs charged, or what an emulated core counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_models.charges import PHASES, add_implied
from firmware_models.cost import LOOPS, PARTS, Costs, make_costs
from spinn2sim.trace.tables import ROUNDING, Columns

OPERATIONS = (*Costs._fields, ROUNDING)
REFILL = Costs._fields.index("branch_refill")
IS_LOOP = np.array([name in LOOPS for name in OPERATIONS])
# Group, phase, operation or C function, times, sixteenths of cycles.
Row = tuple[str, int, str, int, int]


def clear_cycles(programs: Iterable[Any]) -> None:
    """Set all counts to zero, before a part."""
    for program in programs:
        if hasattr(program, "take_profile"):
            program.take_profile()
        if hasattr(program.state, "ledger"):
            program.state.ledger.times[...] = 0


def cycle_columns(programs: Mapping[str, Sequence[Any]], cycles: Mapping[str, float]) -> Columns:
    """Make one row per group, phase and operation: how often it was done, and the sixteenths of cycles that it took in all.

    `programs` are those of each group by its name: one, or on a board one for each chip that has the group.

    Of numba programs these are the operations that were charged, of which `cycles` has the cost; of an emulated core the C functions, as
    "name()", with what the hardware around it took.
    """
    costs = make_costs(cycles)
    each = np.array([*(round(value * PARTS) for value in costs), 1], np.int64)
    rows: list[Row] = []
    for group, chips in programs.items():
        program = chips[0]
        if hasattr(program, "take_profile"):
            rows += [(group, phase, name, times, PARTS * spent) for phase, name, times, spent in program.take_profile()]
        elif hasattr(program.state, "ledger"):  # not a program from elsewhere
            times = np.sum([one.state.ledger.times.sum(axis=0) for one in chips], axis=0)
            add_implied(times)
            rows += _charged(group, times, each)
    names, phases, operations, times_of, parts = zip(*rows, strict=True) if rows else ((), (), (), (), ())
    return {
        "group": np.array(names, object),
        "phase": np.array(phases, np.int8),
        "operation": np.array(operations, object),
        "times": np.array(times_of, np.int64),
        "cycle_parts": np.array(parts, np.int64),
    }


def _charged(group: str, times: NDArray[np.int64], each: NDArray[np.int64]) -> Iterator[Row]:
    """Yield the rows of a ledger, [phase, operation]."""
    times[:, REFILL] = times[:, IS_LOOP].sum(axis=1)
    for phase in range(PHASES):
        for at in np.flatnonzero(times[phase] * each):
            yield group, phase, OPERATIONS[at], int(times[phase, at]), int(times[phase, at] * each[at])
