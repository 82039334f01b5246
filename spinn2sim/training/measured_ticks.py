"""Chooses tick periods by what the ticks of the first batches need, and warns of ticks that are too short, before a run trains.

With chip.tick_us = "measured" all step phases have one period: the longest need of any of their ticks, and chip.tick_margin of it or of a
third of the way to the bound on the worst case, whichever is more, since a network that hardly fires at first may come to fire much.
Load, reduce and, on a board, exchange have their own need and the margin, and no tick is longer than its bound. The update has its bound:
its work is known.
What the emulated core does is not bounded by the formula of costs, so that its bounds are raised where it needs more.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace

from spinn2sim.errors import DataWarning
from spinn2sim.hardware.engines.choice import EMULATED, ENGINES
from spinn2sim.hardware.packet import STEP_PHASES, Phase
from spinn2sim.hardware.units import QUANTA_PER_US, whole_us
from spinn2sim.scenario.draws import epoch_order
from spinn2sim.scenario.keys import MEASURED, Scenario
from spinn2sim.training.firmware_of_scenario import make_firmware
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.training.plan_of_scenario import make_plan
from spinn2sim.training.run_inputs import RunInputs
from spinn2sim.training.tick_needs import TickNeeds

# What the emulated core may need beyond a measured batch where the work is the same in each: branches depend on data.
EMULATED_SPREAD = 0.05
# How often the emulated core is tried with ticks twice as long.
LONGER = 3
# The share of the way from the need to the bound that the margin is taken of, if that is more than the need.
RESERVED = 1 / 3
Periods = dict[Phase, int]


@dataclass(frozen=True)
class MeasuredTicks:
    """What the ticks of the first batches need, in us by phase, and the bounds on the worst case."""

    needs_us: Periods
    bounds_us: Periods

    def with_margin(self, margin: float, bounded: bool) -> Periods:
        """Return the periods of "measured". `bounded` tells whether no wake can take longer than the bound.

        Without any margin, each step phase has what it needs, and all others their bounds.
        """
        needs, bounds = self.needs_us, self.bounds_us
        if margin == 0:
            return {**self.bounds_held(), **{phase: max(1, needs[phase]) for phase in STEP_PHASES}}
        step, bound = (max(of[phase] for phase in STEP_PHASES) for of in (needs, bounds))
        wanted = {**needs, **dict.fromkeys(STEP_PHASES, step)}
        reserve = {**needs, **dict.fromkeys(STEP_PHASES, max(step, RESERVED * (bound - step)))}
        longer = {
            phase: max(1, whole_us(round((us + margin * reserve[phase]) * QUANTA_PER_US)))
            for phase, us in wanted.items()
        }
        if bounded:
            longer = {phase: min(us, max(bounds[phase], wanted[phase])) for phase, us in longer.items()}
        return {**longer, Phase.UPDATE: self.bounds_held()[Phase.UPDATE]}

    def bounds_held(self) -> Periods:
        """Return the bounds, raised where more was needed."""
        spread = {
            phase: whole_us(round(us * (1 + EMULATED_SPREAD) * QUANTA_PER_US)) for phase, us in self.needs_us.items()
        }
        return {phase: us if self.needs_us[phase] <= us else spread[phase] for phase, us in self.bounds_us.items()}


def choose_periods(inputs: RunInputs, engine: str = ENGINES[0]) -> Mapping[Phase, int] | None:
    """Return the tick periods of a run's phases that differ from the bounds and from a given number; None if none does.

    Warns if a number in chip.tick_us is shorter than the first batches need.
    """
    chip, emulated = inputs.scenario.chip, engine == EMULATED
    if chip.tick_us == MEASURED:
        return measure_ticks(inputs, engine).with_margin(chip.tick_margin, bounded=not emulated)
    if isinstance(chip.tick_us, str):
        return measure_ticks(inputs, engine).bounds_held() if emulated else None
    given = int(chip.tick_us)
    bound = max(bounds_of(inputs)[phase] for phase in STEP_PHASES)
    if given >= bound and not emulated:
        return None
    found = measure_ticks(inputs, engine)
    _warn_if_short(inputs.scenario, found, given)
    return {**found.bounds_held(), **dict.fromkeys(STEP_PHASES, given)} if emulated else None


def _warn_if_short(scenario: Scenario, found: MeasuredTicks, given: int) -> None:
    short = [phase for phase in STEP_PHASES if found.needs_us[phase] > given]
    if short:
        needs = ", ".join(f"{phase.name.lower()} {found.needs_us[phase]} us" for phase in short)
        bound = max(found.bounds_us[phase] for phase in STEP_PHASES)
        warnings.warn(
            f"chip.tick_us = {given}: too short: of the first {scenario.chip.tick_batches} batches {needs} are needed, so that wakes "
            f'overrun, packets come late and the weights are others than the mirror\'s; "{MEASURED}" is long enough for these, '
            f"{bound} us for all",
            DataWarning,
            stacklevel=4,
        )


def measure_ticks(inputs: RunInputs, engine: str = ENGINES[0]) -> MeasuredTicks:
    """Run the first batches with ticks so long that nothing is late, and see what each phase needs.

    Nothing breaks meanwhile, whatever [faults] says.
    """
    inputs = _at_bounds(_without_faults(inputs))
    bounds = bounds_of(inputs)
    periods = bounds if engine != EMULATED else {phase: 2 * us for phase, us in bounds.items()}
    needs = _needs(inputs, engine, periods)
    for _ in range(LONGER if engine == EMULATED else 0):
        if all(needs[phase] <= periods[phase] for phase in bounds):
            break
        periods = {phase: 2 * max(periods[phase], needs[phase]) for phase in bounds}
        needs = _needs(inputs, engine, periods)
    # What is still not over when a tick is, waits for the next one: a packet stalls before a full FIFO.
    return MeasuredTicks({phase: min(needs[phase], periods[phase]) for phase in bounds}, bounds)


def _needs(inputs: RunInputs, engine: str, periods: Periods) -> Periods:
    """Return what the ticks of the first batches need with these periods, in us."""
    trainer = OnChipTrainer(inputs, engine=engine, period_us=periods)
    needs = TickNeeds(trainer.plan.schedule)
    trainer.watch_with(needs)
    trainer.train(1, epoch_order(inputs.scenario.seed, 1, len(inputs.train)), batches=inputs.scenario.chip.tick_batches)
    return {phase: whole_us(int(needs.needs_q[phase])) for phase in periods}


def bounds_of(inputs: RunInputs) -> Periods:
    """Return the bounds on the ticks of each phase, in us."""
    at_bounds = _at_bounds(inputs).scenario
    plan = make_plan(at_bounds, inputs.graph, inputs.most_spikes, make_firmware(at_bounds))
    return {one.phase: one.period_q // QUANTA_PER_US for one in plan.schedule.train}


def _at_bounds(inputs: RunInputs) -> RunInputs:
    """Return the inputs for a chip whose ticks have their bounds."""
    return replace(inputs, scenario=replace(inputs.scenario, chip=replace(inputs.scenario.chip, tick_us="auto")))


def _without_faults(inputs: RunInputs) -> RunInputs:
    """Return the inputs for a chip of which nothing breaks while ticks are measured."""
    scenario = inputs.scenario
    if scenario.faults is None or not scenario.faults.has_dynamic:
        return inputs
    return replace(inputs, scenario=replace(scenario, faults=scenario.faults.without_dynamic()))
