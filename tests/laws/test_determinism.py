"""Nothing but the question decides the answer: not a repetition, not the trace, not other work on other threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from compare_engines import assert_same_counters
from random_loads import loads, play
from spinn2sim.hardware.engines.compiled import Compiled
from spinn2sim.hardware.engines.discrete_event import DiscreteEvent
from spinn2sim.scenario.keys import Trace
from spinn2sim.trace.recorder import TraceRecorder
from spinn2sim.training.trainer import PartResult
from tiny_networks import packed, tiny_chip

BOTH = pytest.mark.parametrize("engine", [DiscreteEvent, Compiled])
ORDER = np.array([4, 0, 5, 2, 1, 3])


@BOTH
@settings(max_examples=20, deadline=None)
@given(load=loads())
def test_the_same_load_gives_the_same_trace(engine: type[Any], load: dict[str, Any]) -> None:
    """Two runs of one load agree in every column, count and inbox."""
    (first, one), (second, two) = play(load, engine=engine), play(load, engine=engine)
    for name, column in first.rows.items():
        np.testing.assert_array_equal(column, second.rows[name], err_msg=name)
    assert first.program.log == second.program.log
    assert_same_counters(one.counters, two.counters)


@BOTH
@settings(max_examples=20, deadline=None)
@given(load=loads())
def test_tracing_changes_nothing(engine: type[Any], load: dict[str, Any]) -> None:
    """With every packet traced, none, and no recorder at all: same counts, same inboxes, same end."""
    chip, traced = play(load, engine=engine)
    for packets in ("none", "off"):
        other, result = play(load, packets, engine)
        assert other.program.log == chip.program.log
        assert result.end_q == traced.end_q
        assert_same_counters(result.counters, traced.counters)


def learn(recorder: TraceRecorder | None = None) -> list[Any]:
    """All that a training epoch and a test of a small network on the compiled engine leave behind."""
    chip = tiny_chip({"numerics.rounding": "stochastic"}, recorder=recorder)
    found: list[Any] = []
    for play_part in (lambda: chip.train(1, ORDER), lambda: chip.evaluate(1)):
        result: PartResult = play_part()
        if recorder is not None:
            recorder.end_part()
            recorder.end_ticks()
        assert result.counters is not None
        found += [result.first_spikes.tobytes(), result.spikes.tolist(), result.saturations.tolist(), result.chip_q]
        found.append({name: np.asarray(value).tolist() for name, value in vars(result.counters).items()})
    return [*found, packed(chip.weights)]


@pytest.mark.parametrize("trace", [Trace(packets="all", wakes="all"), Trace(packets="window", last_batch=0)])
def test_what_is_learned_does_not_depend_on_the_trace(trace: Trace) -> None:
    """Compiled programs on the compiled loop: same weights, spikes, counters and chip time with and without trace rows."""
    assert learn(TraceRecorder(trace, 3)) == learn()


def test_chips_on_two_threads_do_not_disturb_each_other() -> None:
    """Compiled code releases the GIL and shares no array: chips that run at once learn what each learns alone."""
    alone = learn()
    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(lambda _: learn(), range(4))) == [alone] * 4
