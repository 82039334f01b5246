"""What is wrong in a plan or a program both engines say alike, and queues that grow beyond the first arrays are played alike."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from scripted_programs import Chip, Send, at_start, build, spike, to
from spinn2sim.hardware.engines.compiled import Compiled
from spinn2sim.hardware.engines.discrete_event import DiscreteEvent
from spinn2sim.hardware.packet import Part
from spinn2sim.hardware.plan import Move, Slice, Transfer


def play(chip: Chip, engine: type[Any] = Compiled) -> Any:
    """One part without a trace."""
    return engine(chip.plan, [chip.program], chip.dram, None).run_part(Part.TRAIN, 1, 1, 0)


def transfer(issuer: int, **changes: Any) -> Transfer:
    """PE 1 to PE 2, without data."""
    return dataclasses.replace(Transfer(0, "t0", 0, False, 16, issuer, 1, (2,), ()), **changes)


@pytest.mark.parametrize("engine", [DiscreteEvent, Compiled])
def test_wrong_transfers_raise_in_both(engine: type[Any]) -> None:
    """A transfer that another core issues, one that the plan has not, and a row that the DRAM has not."""
    with pytest.raises(ValueError, match="core 1 starts it, but the plan gives it to core 2"):
        play(build({1: at_start(Send(transfer=0))}, transfers=[transfer(2)]), engine)
    with pytest.raises(KeyError):
        play(build({1: at_start(Send(transfer=5))}, transfers=[transfer(1)]), engine)
    move = Move(Slice("dram", "store", 0, 0, 4), (Slice("pe", "words", 1, 0, 4),))
    read = transfer(1, source_core=0, moves=(move,))
    sends = at_start(Send(transfer=0, argument=3))
    with pytest.raises(IndexError, match="transfer t0: row 3"):
        play(build({1: sends}, transfers=[read], dram={"store": np.zeros((1, 4), np.int64)}), engine)


def test_more_room_is_found_when_queues_grow() -> None:
    """Thousands of packets that wait at a FIFO that is never drained: the tables grow, and nothing is lost from the counts."""
    sends = [Send(spike(1), cycle=n % 50) for n in range(900)]
    scripts = {core: at_start(*sends) for core in (1, 2, 3, 5, 6, 7, 9)}
    chips = [
        build(scripts, [to(spike(1), 4, 100)], idle=(4,), policy="stall", capacity=3000, packets="off")
        for _ in range(2)
    ]
    one, two = play(chips[0], DiscreteEvent), play(chips[1])
    assert one.end_q == two.end_q
    for name, value in vars(one.counters).items():
        np.testing.assert_equal(getattr(two.counters, name), value, err_msg=name)
