"""Where the cycles of a part went: how often each program was charged each operation in each phase, from the PEs' ledgers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from firmware_models.charges import PHASES
from firmware_models.cost import LOOPS, PARTS, Costs, make_costs
from firmware_models.programs.group_program import GroupProgram
from spinn2sim.hardware.plan import Group
from spinn2sim.scenario.cost_keys import cycles_of
from spinn2sim.scenario.keys import Chip
from spinn2sim.trace.tables import ROUNDING, Columns

OPERATIONS = (*Costs._fields, ROUNDING)
REFILL = Costs._fields.index("branch_refill")
IS_LOOP = np.array([name in LOOPS for name in OPERATIONS])


def clear_ledgers(programs: Iterable[GroupProgram]) -> None:
    """Set the counts of all ledgers to zero, before a part."""
    for program in programs:
        if hasattr(program.state, "ledger"):
            program.state.ledger.times[...] = 0


def cycle_columns(groups: Sequence[Group], programs: Sequence[GroupProgram], chip: Chip) -> Columns:
    """Make one row per group, phase and operation that was charged: how often, and the sixteenths of cycles that it took in all."""
    costs = make_costs(cycles_of(chip))
    each = np.array([*(round(value * PARTS) for value in costs), 1], np.int64)
    rows: list[tuple[Any, ...]] = []
    for group, program in zip(groups, programs, strict=True):
        if not hasattr(program.state, "ledger"):  # a program from elsewhere
            continue
        times = program.state.ledger.times.sum(axis=0)
        times[:, REFILL] = times[:, IS_LOOP].sum(axis=1)
        for phase in range(PHASES):
            rows += [
                (group.name, phase, OPERATIONS[at], times[phase, at], times[phase, at] * each[at])
                for at in np.flatnonzero(times[phase] * each)
            ]
    names, phases, operations, times_of, parts = zip(*rows, strict=True) if rows else ((), (), (), (), ())
    return {
        "group": np.array(names, object),
        "phase": np.array(phases, np.int8),
        "operation": np.array(operations, object),
        "times": np.array(times_of, np.int64),
        "cycle_parts": np.array(parts, np.int64),
    }
