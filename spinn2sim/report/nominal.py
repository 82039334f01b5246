"""When a tick begins by the plan, on the clock of a whole run; it never looks at when a PE really woke."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from spinn2sim.hardware.packet import PART_NAMES
from spinn2sim.hardware.plan import PhasePlan, Plan
from spinn2sim.hardware.units import QUANTA_PER_S


def part_start_q(metrics: Sequence[Mapping[str, Any]], epoch: int, part: str) -> int | None:
    """The instant at which a part begins: when the parts before it have ended. None when the metrics don't know all of them."""
    done = {line["epoch"]: line for line in metrics}
    whole = [(e, p) for e in range(epoch + 1) for p in PART_NAMES if (e, p) != (0, "train")]
    before = whole[: whole.index((epoch, part))]
    if any(e not in done for e, _ in before):
        return None
    return sum(round((done[e].get(f"{p}_chip_s") or 0) * QUANTA_PER_S) for e, p in before)


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
