"""Tick periods that follow from what the first batches need."""

from __future__ import annotations

import numpy as np
import pytest

from spinn2sim.hardware.packet import CHIP_PHASES, STEP_PHASES, Phase
from spinn2sim.training.measured_ticks import MeasuredTicks, measure_ticks
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.training.run_inputs import RunInputs
from tiny_networks import tiny_samples, tiny_scenario, tiny_weights

BOUNDS = {
    Phase.LOAD: 30,
    Phase.FORWARD: 100,
    Phase.LOSS: 100,
    Phase.BACKWARD: 100,
    Phase.REDUCE: 400,
    Phase.UPDATE: 500,
}
NEEDS = {Phase.LOAD: 10, Phase.FORWARD: 21, Phase.LOSS: 3, Phase.BACKWARD: 31, Phase.REDUCE: 36, Phase.UPDATE: 500}


def test_steps_have_one_period_with_a_margin_and_the_update_has_its_bound() -> None:
    """The longest need of a step phase counts for all three; nothing is longer than its bound, unless more was needed."""
    found = MeasuredTicks(NEEDS, BOUNDS).with_margin(0.5, bounded=True)
    assert [found[phase] for phase in CHIP_PHASES] == [15, 47, 47, 47, 54, 500]
    silent = {**NEEDS, Phase.FORWARD: 6, Phase.BACKWARD: 10}
    assert MeasuredTicks(silent, BOUNDS).with_margin(0.5, bounded=True)[Phase.LOSS] == 10 + 15, (
        "a sixth of the way to the bound"
    )
    wide = MeasuredTicks(NEEDS, BOUNDS).with_margin(19, bounded=True)
    assert wide == BOUNDS, "no tick is longer than its bound"
    assert MeasuredTicks(NEEDS, BOUNDS).with_margin(9, bounded=False)[Phase.LOAD] == 100


def test_without_margin_each_step_phase_has_its_need_alone() -> None:
    """That is what runs did before there was a margin."""
    found = MeasuredTicks(NEEDS, BOUNDS).with_margin(0, bounded=True)
    assert found == {**BOUNDS, **{phase: NEEDS[phase] for phase in STEP_PHASES}}


def test_bounds_that_do_not_hold_are_raised() -> None:
    """The emulated core may need more than the formula's bound: then 5 % more than it needed."""
    needs = {**NEEDS, Phase.UPDATE: 520}
    found = MeasuredTicks(needs, BOUNDS)
    assert found.bounds_held() == {**BOUNDS, Phase.UPDATE: 546}
    assert found.with_margin(0.5, bounded=False)[Phase.UPDATE] == 546


@pytest.mark.parametrize("engine", ["compiled", "discrete_event"])
def test_needs_are_just_enough(engine: str) -> None:
    """A batch whose ticks have what they need loses nothing; with 1 us less backward or in the update, something does."""
    data = tiny_samples(6)
    inputs = RunInputs(tiny_scenario(), data, data, tiny_weights((4, 6, 6, 3)))
    needs = measure_ticks(inputs, engine).needs_us
    order = np.arange(6)

    def lost(periods: dict[Phase, int]) -> int:
        counters = OnChipTrainer(inputs, engine=engine, period_us=periods).train(1, order).counters
        assert counters is not None
        return len(counters.losses())

    assert lost(needs) == 0
    for phase in (Phase.BACKWARD, Phase.UPDATE):
        if needs[phase] > 1:
            assert lost({**needs, phase: needs[phase] - 1}) > 0, phase
