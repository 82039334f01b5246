"""How far chips of a board can be played: bounds against the shortest ways between chips."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from broken_boards import boards
from spinn2sim.hardware.board.shape import N_LINKS, Board, opposite
from spinn2sim.hardware.engines.compiled import horizons
from spinn2sim.hardware.engines.compiled import state as at

LOOKAHEAD = 7


@settings(deadline=None, max_examples=30)
@given(boards(4), st.data())
def test_a_horizon_is_the_first_instant_at_which_anything_can_come(board: Board, data: st.DataObject) -> None:
    """Over any links, what sets out on another chip comes so many services and latencies later as it passes links."""
    count = len(board.chips)
    sources = np.full((count, N_LINKS), -1, np.int64)
    for place, link, other in board.links():
        sources[board.numbers[other], opposite(link)] = board.numbers[place]
    leaves = data.draw(st.lists(st.sampled_from((3, 40, 1000, at.FOREVER)), min_size=count, max_size=count))
    chips = np.zeros((count, horizons.CHIP_WORDS), np.int64)
    chips[:, horizons.LEAVES] = leaves
    horizons.find_bounds(chips, sources, LOOKAHEAD)
    first = [min(here, at.FOREVER) for here in leaves]
    for _ in range(count):
        first = [min(first[n], *(first[k] + LOOKAHEAD for k in sources[n] if k >= 0), at.FOREVER) for n in range(count)]
    assert chips[:, horizons.BOUND].tolist() == first
    for n in range(count):
        comes = min([first[k] + LOOKAHEAD for k in sources[n] if k >= 0], default=at.FOREVER)
        assert horizons.horizon_of(chips, sources, n, LOOKAHEAD) == min(comes, at.FOREVER)
