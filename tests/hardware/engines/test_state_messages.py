"""What processes without common memory tell each other of the states of programs."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from spinn2sim.hardware.engines.spread.shared_states import (
    bytes_of,
    empty_state,
    is_shared,
    machine,
    make_room,
    placed_in,
    remove,
)
from spinn2sim.hardware.engines.spread.state_messages import StateCopy

FIELDS = frozenset(("weight", "inner.count"))


class Inner(NamedTuple):
    """A state in a state."""

    count: Any
    other: Any


class State(NamedTuple):
    """A state of which the host knows the weights and counts."""

    weight: Any
    inner: Inner
    none: Any
    size: int


def state(seed: int) -> State:
    """A state with drawn values."""
    values = np.random.default_rng(seed).integers(0, 1 << 40, 24)
    return State(
        values[:6].astype(np.float32).reshape(2, 3), Inner(values[6:12], values[12:20]), np.zeros((0, 4), np.int8), 5
    )


def bits(states: list[State]) -> list[bytes]:
    """All bytes of some states."""
    return [array.tobytes() for one in states for array in (one.weight, one.inner.count, one.inner.other)]


def test_both_sides_hold_the_same_bits() -> None:
    """All is told once, then what changes in either direction, -0.0 for 0.0 included; other fields stay with their side."""
    mine = [state(1), state(2)]
    room = np.zeros(bytes_of(mine), np.uint8)
    theirs = [empty_state(what) for what in placed_in(room, mine)[1]]
    here, there = StateCopy(mine, FIELDS), StateCopy(theirs, FIELDS)
    there.take(here.changes())
    assert bits(mine) == bits(theirs)
    assert theirs[0].size == 5
    mine[0].weight[...] = 0.0
    there.take(here.changes())
    theirs[0].weight[1, 1], theirs[1].inner.count[0], theirs[1].inner.other[0] = -0.0, 7, 8
    told = there.changes()
    assert len(told.places) == 2
    here.take(told)
    assert bits(mine)[:5] == bits(theirs)[:5]
    assert mine[1].inner.other[0] != 8
    assert not here.changes().places
    assert not there.changes().places


def test_equal_arrays_are_told_once() -> None:
    """Chips that hold the same weights send them once."""
    mine = [state(3), state(3), state(3)]
    copy = StateCopy(mine, FIELDS)
    copy.changes()
    for one in mine:
        one.weight[...] = 2.5
    told = copy.changes()
    assert (len(told.places), len(told.contents)) == (3, 1)


def test_memory_is_shared_on_its_machine_alone() -> None:
    """A process of another machine, or one that does not see the file, shares nothing."""
    name, _ = make_room(8)
    try:
        assert is_shared(name, machine())
        assert not is_shared(name + "-", machine())
        assert not is_shared(name, machine() + "-2")
    finally:
        remove(name)
