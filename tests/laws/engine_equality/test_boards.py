"""Both engines play random boards alike: every packet's time on every chip, every count."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings

from compare_engines import assert_same_counters, assert_same_wakes
from random_boards import boards, make_chips, plan_of
from scripted_programs import Chip
from spinn2sim.hardware.engines.base import EngineResult
from spinn2sim.hardware.engines.board_engine import BoardEngine
from spinn2sim.hardware.engines.compiled.board import CompiledBoard
from spinn2sim.hardware.engines.discrete_board import DiscreteBoard
from spinn2sim.report.diff import trace_difference


def run_on(engine: type[BoardEngine], drawn: dict[str, Any], chips: list[Chip]) -> tuple[EngineResult, ...]:
    """Two parts on one board."""
    recorders = [chip.recorder for chip in chips if chip.recorder]
    made = engine(plan_of(drawn, chips), [[c.program] for c in chips], [c.dram for c in chips], recorders or None)
    first = drawn["chips"][0]
    start_q = first["start_q"]
    for epoch, part in ((1, first["part"]), (2, 1 - first["part"])):
        for recorder in recorders:
            recorder.begin_part(epoch, part, np.arange(first["batches"]))
        results = made.run_part(part, epoch, first["batches"], start_q)
        start_q = results[0].end_q
        for chip in chips:
            if chip.recorder:
                rows, wakes = chip.recorder.end_part(), chip.recorder.end_ticks()
                chip.rows = {
                    name: np.concatenate([chip.rows.get(name, column[:0]), column]) for name, column in rows.items()
                }
                chip.wakes = {
                    name: np.concatenate([chip.wakes.get(name, column[:0]), column]) for name, column in wakes.items()
                }
    return results


@settings(max_examples=60, deadline=None)
@given(drawn=boards())
def test_engines_agree_on_boards(drawn: dict[str, Any]) -> None:
    """Windows, exchanges and the order of arrivals over links change nothing to the quantum."""
    one, two = make_chips(drawn), make_chips(drawn)
    expected, found = run_on(DiscreteBoard, drawn, one), run_on(CompiledBoard, drawn, two)
    for a, b, right, mine in zip(one, two, expected, found, strict=True):
        if a.recorder:
            parting = trace_difference(a.rows, b.rows)
            assert parting is None, "\n".join(parting)
            assert_same_wakes(a.wakes, b.wakes)
        assert sorted(a.program.log) == sorted(b.program.log)
        np.testing.assert_array_equal(a.program.memory.words, b.program.memory.words)
        assert_same_counters(right.counters, mine.counters)
        assert right.end_q == mine.end_q
