"""The compiled engine's look-up of keys against the routing table's rule: the first line that matches."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_models.jit.by_reference import ByRef
from spinn2sim.hardware.engines.compiled import send
from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.engines.compiled.state import Words
from spinn2sim.hardware.routing_table import NO_ENTRY, first_match

# Words in which low and high bits of a key both vary, around the bits in which keys share a result.
WORD = st.builds(
    lambda high, low, top: (top << 30) | (high << (send.TOGETHER_BITS - 1)) | low,
    st.integers(0, 7), st.integers(0, 3), st.integers(0, 3),
)  # fmt: skip
KEY = WORD | st.just(0xFFFFFFFF)
MASK = st.sampled_from([0, 0xC0000000, 0xFFFFFF80, 0xFFFFFFC0, 0xFFFFFFFE, 0xFFFFFFFF, 0x0000007F, 0xC0000001])


class LookUp(NamedTuple):
    """The fields of the engine's state that a look-up reads: [lines + 1, 8] and [2^n]."""

    lines: Words
    cached: Words


@settings(deadline=None)
@given(st.lists(st.tuples(WORD, MASK, st.booleans()), max_size=5), st.lists(KEY, max_size=30), st.integers(3, 9))
def test_keys_that_share_a_result_have_the_same_line(
    lines: list[tuple[int, int, bool]], keys: list[int], bits: int
) -> None:
    """Whatever was looked up before, each key has the first line that matches, also where lines overlap or can match no key."""
    table = np.zeros((len(lines) + 1, 8), np.int64)
    for n, (key, mask, can_match) in enumerate(lines):
        table[n, [at.LINE_KEY, at.LINE_MASK]] = key & mask if can_match else key, mask
    state: Any = ByRef(LookUp(table, np.zeros(1 << bits, np.int64)))
    for key in [*keys, *keys]:
        found = first_match(table[:-1, at.LINE_KEY], table[:-1, at.LINE_MASK], key)
        assert send.match_key(state, key) == (len(lines) if found == NO_ENTRY else found)
