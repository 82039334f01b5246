"""Where the cycles went: the parts are those that the wakes took, on both engines, whatever an operation costs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from firmware_models.cost import LOOPS, PARTS, Costs
from spinn2sim.scenario.cost_keys import cycles_of
from spinn2sim.scenario.keys import Loss
from spinn2sim.trace.cycle_columns import cycle_columns
from tiny_networks import tiny_chip

# A cost of its own for every operation, in sixteenths of a cycle.
APART = {f"chip.cycles.{name}": 1 + number / 16 for number, name in enumerate(Costs._fields)}
CASES: dict[str, dict[str, Any]] = {
    "push": {"mapping.neurons_per_pe": 3, "training.silent_guard": "push", "training.guard_step": 1e-3},
    "readout, rounding": {"loss": Loss(kind="max_voltage", temperature=0.5), "numerics.rounding": "stochastic"},
    "rate, clip": {
        "training.silent_guard": "rate", "training.guard_step": 1e-4, "training.rate_range": (1.0, 1.0), "optimizer.clip": 1e-6,
    },
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_parts_add_up_to_the_busy_cycles(case: str) -> None:
    """Each cycle that a PE of a group was busy is in one row of the profile, and the operations of the case are among them."""
    chip = tiny_chip({**CASES[case], **APART}, samples=9)
    busy = chip.train(1, np.arange(9)).counters.busy_cycles
    rows = cycle_columns(chip.spread.programs, cycles_of(chip.scenario.chip))
    for group in chip.plan.groups:
        parts = rows["cycle_parts"][rows["group"] == group.name].sum()
        assert parts == PARTS * busy[list(group.cores)].sum()
    assert {"tick", "neuron" if "readout" not in case else "readout_neuron", "branch_refill", "rounding"} <= set(
        rows["operation"]
    )
    loops = rows["times"][np.isin(rows["operation"], LOOPS)].sum()
    assert rows["times"][rows["operation"] == "branch_refill"].sum() == loops


def test_a_part_begins_with_empty_ledgers() -> None:
    """The profile of a part holds nothing of the part before."""
    chip = tiny_chip({}, samples=9)
    busy = [chip.evaluate(1).counters.busy_cycles.sum() for _ in range(2)]
    parts = cycle_columns(chip.spread.programs, cycles_of(chip.scenario.chip))["cycle_parts"].sum()
    assert parts == PARTS * busy[1]
