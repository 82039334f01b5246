"""The instants at which packets can be sent over links."""

from __future__ import annotations

from spinn2sim.hardware.engines.compiled.crossing_ticks import CrossingTicks
from spinn2sim.hardware.packet import Phase
from spinn2sim.hardware.plan import PhasePlan


def ticks(*crosses: bool) -> CrossingTicks:
    """Batches of phases of one tick of 10 quanta, some of which cross, from 100 on."""
    phases = [
        PhasePlan(
            phase=Phase.FORWARD, ticks=1, first_tick=0, first_step=0, stride=1, period_q=10, groups=(), crosses=one
        )
        for one in crosses
    ]
    return CrossingTicks(lambda batch: phases, 100)


def test_the_tick_after_a_stretch_is_known() -> None:
    """A process that is ahead of another one must know when that one may send next, in whichever batch of the part this is."""
    assert ticks(False, True).of_and_next(0, 1, 4).tolist() == [110, 130, 150]
    assert ticks(False, True).of_and_next(2, 3, 4).tolist() == [150, 170]
    assert ticks(False, False).of_and_next(0, 1, 4).tolist() == []
