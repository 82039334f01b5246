"""Both engines on one machine, and the first difference between them."""

from __future__ import annotations

from typing import Any

import numpy as np

from random_machines import make
from scripted_programs import Chip
from spinn2sim.hardware.counters import Counters
from spinn2sim.hardware.engines.base import EngineResult
from spinn2sim.hardware.engines.compiled import Compiled
from spinn2sim.hardware.engines.discrete_event import DiscreteEvent
from spinn2sim.report.diff import trace_difference
from spinn2sim.trace.tables import Columns


def run_on(engine: type[Any], chip: Chip, machine: dict[str, Any]) -> EngineResult:
    """Two parts on one chip: the second one finds what the first has left in memory and DRAM."""
    made = engine(chip.plan, [chip.program], chip.dram, chip.recorder)
    batches, start_q = machine["batches"], machine["start_q"]
    columns, wakes = [], []
    for epoch, part in ((1, machine["part"]), (2, 1 - machine["part"])):
        if chip.recorder:
            chip.recorder.begin_part(epoch, part, np.arange(batches))
        result: EngineResult = made.run_part(part, epoch, batches, start_q)
        chip.injections.append(result.injections)
        start_q = result.end_q
        if chip.recorder:
            columns.append(chip.recorder.end_part())
            wakes.append(chip.recorder.end_ticks())
        if epoch == 1:
            first = result
    if columns:
        chip.rows, chip.wakes = (
            {name: np.concatenate([c[name] for c in found]) for name in found[0]} for found in (columns, wakes)
        )
    return EngineResult(result.end_q, first.counters + result.counters)


def assert_equal_engines(machine: dict[str, Any]) -> None:
    """Same trace rows, inboxes, memory, DRAM, counters and end on both engines."""
    one, two = make(machine), make(machine)
    expected, found = run_on(DiscreteEvent, one, machine), run_on(Compiled, two, machine)
    if one.recorder:
        parting = trace_difference(one.rows, two.rows)
        assert parting is None, "\n".join(parting)
        assert_same_wakes(one.wakes, two.wakes)
    assert sorted(one.program.log) == sorted(two.program.log)
    np.testing.assert_array_equal(one.program.memory.words, two.program.memory.words)
    np.testing.assert_array_equal(one.dram["store"], two.dram["store"])
    assert_same_counters(expected.counters, found.counters)
    for expected_rows, found_rows in zip(one.injections, two.injections, strict=True):
        np.testing.assert_array_equal(found_rows, expected_rows)
    assert found.end_q == expected.end_q


def assert_same_wakes(one: Columns, two: Columns) -> None:
    """Every row of the ticks table is equal."""
    for name, column in one.items():
        np.testing.assert_array_equal(two[name], column, err_msg=name)


def assert_same_counters(one: Counters, two: Counters) -> None:
    """Every count is equal."""
    for name, value in vars(one).items():
        np.testing.assert_equal(getattr(two, name), value, err_msg=name)
