"""The list of recorded spikes by the step in which they act, against a search through all of them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_models.programs.acting_spikes import count_acting, list_acting

CAPACITY = 8
# Uncompiled, since each draw has shapes of its own.
count, fill = (getattr(kernel, "py_func", kernel) for kernel in (count_acting, list_acting))


@st.composite
def recorded(draw: st.DrawFn) -> Any:
    """A PE's record of spikes: bounds of the steps in any order, as after lost ticks, reaches, and delays of axons or of synapses (-1)."""
    steps = draw(st.integers(1, 6))
    bounds = draw(st.lists(st.integers(0, CAPACITY), min_size=steps + 2, max_size=steps + 2))
    if draw(st.booleans()):
        bounds.sort()
    reach = draw(st.lists(st.integers(-1, 4), min_size=CAPACITY, max_size=CAPACITY))
    least = draw(st.sampled_from((-1, 0, 0, 0)))
    only = [draw(st.integers(least, max(0, r))) for r in reach]
    lines = SimpleNamespace(
        reach=np.array([reach]),
        only=np.array([only]),
        acting=np.zeros((1, CAPACITY), np.int32),
        acting_first=np.full((1, steps + 1), 9, np.int32),
        looks=np.full((1, steps + 1), 9, np.int32),
    )
    arithmetic, inputs = SimpleNamespace(steps=steps), SimpleNamespace(first=np.array([bounds]))
    return SimpleNamespace(delays=lines, inputs=inputs, arithmetic=arithmetic)


@settings(max_examples=150, deadline=None)
@given(recorded())
def test_the_list_has_what_a_search_finds(s: Any) -> None:
    """In each step the list has the spikes that act, and the number that the firmware looks at; or it says that it cannot."""
    lines, first, steps = s.delays, s.inputs.first[0], s.arithmetic.steps
    seen = [
        (fired, at) for fired in range(steps) for at in range(first[fired], first[fired + 1]) if lines.reach[0, at] >= 0
    ]
    acts = [[at for fired, at in seen if fired + lines.only[0, at] == step] for step in range(steps)]
    fits = sum(map(len, acts)) <= CAPACITY and all(lines.only[0, at] >= 0 for _, at in seen)
    assert count(s, 0) == fits
    if not fits:
        return
    fill(s, 0)
    place = lines.acting_first[0]
    for step in range(steps):
        assert list(lines.acting[0, place[step] : place[step + 1]]) == acts[step]
        assert lines.looks[0, step] == sum(0 <= step - fired <= lines.reach[0, at] for fired, at in seen)
