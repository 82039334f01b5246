"""Both engines play random boards alike, on one process or several: every packet's time on every chip, every count."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from compare_boards import assert_boards_alike, on_threads
from random_boards import boards
from spinn2sim.hardware.engines.compiled.compiled_board import CompiledBoard
from spinn2sim.hardware.engines.discrete_board import DiscreteBoard


@settings(max_examples=60, deadline=None)
@given(drawn=boards())
def test_engines_agree_on_boards(drawn: dict[str, Any]) -> None:
    """Windows, exchanges and the order of arrivals over links change nothing to the quantum."""
    assert_boards_alike(drawn, DiscreteBoard, CompiledBoard)


@settings(max_examples=30, deadline=None)
@given(drawn=boards(), processes=st.integers(2, 3), rows=st.sampled_from((0, 2, 256)))
def test_shares_of_a_board_agree_with_the_whole(drawn: dict[str, Any], processes: int, rows: int) -> None:
    """It makes no difference how chips are spread over processes, nor whether messages are carried, short, or long."""
    if len(drawn["chips"]) >= processes:
        assert_boards_alike(drawn, CompiledBoard, on_threads(processes, rows))


@settings(max_examples=60, deadline=None)
@given(drawn=boards(), late=st.integers(0, 1))
def test_packets_that_find_no_room_in_a_box_are_posted_later(drawn: dict[str, Any], late: int) -> None:
    """With room for one packet at a time no process ends before all of its packets have been posted, and none waits for ever."""
    if len(drawn["chips"]) > 1:
        assert_boards_alike(drawn, CompiledBoard, on_threads(2, 2, late))
