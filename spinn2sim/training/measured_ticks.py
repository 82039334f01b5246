"""Measures the tick periods for chip.tick_us = "measured": the shortest without overruns and late packets in the first batches."""

from __future__ import annotations

from dataclasses import replace

from spinn2sim.hardware.engines.choice import ENGINES
from spinn2sim.hardware.packet import STEP_PHASES, Outcome, Phase
from spinn2sim.hardware.units import QUANTA_PER_US
from spinn2sim.scenario.draws import epoch_order
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.training.run_inputs import RunInputs


def measure_periods(inputs: RunInputs, engine: str = ENGINES[0]) -> dict[Phase, int]:
    """Find the microseconds of each step phase by bisection, one after the other, with later phases at their worst-case bound.

    Nothing breaks meanwhile, whatever [faults] says.
    """
    inputs = _without_faults(inputs)
    start = OnChipTrainer(inputs, engine=engine)
    periods = {p.phase: p.period_q // QUANTA_PER_US for p in start.plan.schedule.train if p.phase in STEP_PHASES}
    for phase in STEP_PHASES:
        low, high = 0, periods[phase]  # `high` always suffices, `low` never does
        while high - low > 1:
            middle = (low + high) // 2
            if _suffices(inputs, engine, {**periods, phase: middle}):
                high = middle
            else:
                low = middle
        periods[phase] = high
    return periods


def _without_faults(inputs: RunInputs) -> RunInputs:
    """Return the inputs for a chip of which nothing breaks while ticks are measured."""
    scenario = inputs.scenario
    if scenario.faults is None or not scenario.faults.has_dynamic:
        return inputs
    return replace(inputs, scenario=replace(scenario, faults=scenario.faults.without_dynamic()))


def _suffices(inputs: RunInputs, engine: str, periods: dict[Phase, int]) -> bool:
    """Whether the first batches run with these periods without an overrun and without late or early packets."""
    trainer = OnChipTrainer(inputs, engine=engine, step_us=periods)
    order = epoch_order(inputs.scenario.seed, 1, len(inputs.train))
    counters = trainer.train(1, order, batches=inputs.scenario.chip.tick_batches).counters
    assert counters is not None  # noqa: S101 - a chip always counts
    return not (counters.overruns.sum() or counters.outcomes[:, [Outcome.LATE, Outcome.EARLY]].sum())
