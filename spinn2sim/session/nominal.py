"""When a tick begins by the plan, on the clock of a whole run; it never looks at when a PE really woke."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from spinn2sim.spec.plan import PhasePlan, Plan
from spinn2sim.spec.units import QUANTA_PER_S


def part_start_q(metrics: Sequence[Mapping[str, Any]], epoch: int, part: str) -> int | None:
    """The instant at which a part begins: when the parts before it have ended. None when the metrics don't know all of them."""
    done = {line["epoch"]: line for line in metrics}
    before = [(0, "test")] * (epoch > 0 or part == "train")
    before += [(e, p) for e in range(1, epoch) for p in ("train", "test")]
    before += [(epoch, "train")] * (part == "test" and epoch > 0)
    times: list[float | None] = [done.get(e, {}).get(f"{p}_chip_s") for e, p in before]
    known = [round(time * QUANTA_PER_S) for time in times if time is not None]
    return sum(known) if len(known) == len(before) else None


def tick_start_q(plan: Plan, part: str, batch: int, tick: int) -> tuple[int, PhasePlan]:
    """Quanta from the part's begin to a tick of a batch, and the tick's phase. A tick behind the last one is the next batch's first.

    Raises ValueError for a tick that the plan has not.
    """
    phases = _phases(plan, part, batch)
    if batch == 0 or part == "train":
        start_q = batch * length_q(phases)
    else:
        start_q = length_q(plan.schedule.test_first) + (batch - 1) * length_q(plan.schedule.test)
    for phase in phases:
        if phase.first_tick <= tick < phase.first_tick + phase.ticks:
            return start_q + (tick - phase.first_tick) * phase.period_q, phase
        start_q += phase.ticks * phase.period_q
    if tick == phases[-1].first_tick + phases[-1].ticks:
        return start_q, _phases(plan, part, batch + 1)[0]
    raise ValueError(f"tick {tick} is not in the plan")


def length_q(phases: Iterable[PhasePlan]) -> int:
    """Quanta of a batch."""
    return sum(phase.ticks * phase.period_q for phase in phases)


def _phases(plan: Plan, part: str, batch: int) -> Sequence[PhasePlan]:
    if part == "train":
        return plan.schedule.train
    return plan.schedule.test if batch else plan.schedule.test_first
