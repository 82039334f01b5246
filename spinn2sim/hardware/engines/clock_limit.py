"""The end of the simulated clock: times and packet numbers are 64-bit integers, and a part that would pass their limits is refused."""

from __future__ import annotations

from collections.abc import Sequence

from spinn2sim.errors import ScenarioError
from spinn2sim.hardware.packet import Part
from spinn2sim.hardware.plan import PhasePlan, Schedule
from spinn2sim.hardware.units import seconds

# The last instant at which a part may end, in quanta: six years. As long again is left for packets that are under way then.
LAST_Q = 1 << 61
# The highest packet number with which a part may begin.
LAST_SEQUENCE = 1 << 62
SECONDS_PER_YEAR = 31_557_600


def part_quanta(schedule: Schedule, part: Part, batches: int) -> int:
    """Return the nominal length of a part: the periods of all its ticks."""
    if part == Part.TRAIN:
        return batches * _quanta(schedule.train)
    return _quanta(schedule.test_first) + (batches - 1) * _quanta(schedule.test) if batches else 0


def refuse_clock(start_q: int, end_q: int, batches: int, number: int) -> None:
    """Raise ScenarioError if times or packet numbers of a part would leave the range of 64-bit integers."""
    if start_q < 0:
        raise ScenarioError(f"simulated time: found a part that begins at {start_q} quanta, allowed is 0 or later")
    refuse_late_end(end_q, f"a part of {batches} batches")
    refuse_numbers(number)


def refuse_late_end(end_q: int, what: str) -> None:
    """Raise ScenarioError if `what` would end after the clock's last instant."""
    if end_q > LAST_Q:
        raise ScenarioError(
            f"simulated time: {what} would end {end_q} quanta ({_years(end_q)} years) after the clock began, allowed are 2^61 quanta "
            f"({_years(LAST_Q)} years); shorten the ticks (chip.tick_us) or train on fewer samples or epochs"
        )


def refuse_numbers(first_number: int) -> None:
    """Raise ScenarioError if a part begins with a packet number that leaves too few numbers for its packets."""
    if not 0 <= first_number <= LAST_SEQUENCE:
        raise ScenarioError(f"packet numbers: found {first_number} at the begin of a part, allowed are 0 to 2^62")


def _quanta(phases: Sequence[PhasePlan]) -> int:
    return sum(phase.ticks * phase.period_q for phase in phases)


def _years(quanta: int) -> str:
    return f"{seconds(quanta) / SECONDS_PER_YEAR:.3g}"
