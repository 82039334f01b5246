"""Long runs: late on the clock everything is as at its begin, the books balance after every batch, and no 64-bit integer overflows.

`tools/soak.py` does the same for a billion deliveries.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import spinn2sim
from compare_engines import assert_equal_engines, run_on
from random_machines import machines, make
from scripted_programs import Chip, Send, at_start, build, spike, to
from spinn2sim.errors import ScenarioError
from spinn2sim.hardware.engines.clock_limit import LAST_Q, LAST_SEQUENCE, part_quanta
from spinn2sim.hardware.engines.compiled import Compiled
from spinn2sim.hardware.engines.discrete_event import DiscreteEvent
from spinn2sim.hardware.packet import Part
from spinn2sim.hardware.units import QUANTA_PER_US

TIMES = ("sent_q", "delivered_q")
LATE = settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@LATE
@given(machines(), st.integers(1 << 40, LAST_Q // 2).map(lambda q: q // QUANTA_PER_US * QUANTA_PER_US))
def test_late_on_the_clock_every_packet_takes_as_long(machine: dict[str, Any], start_q: int) -> None:
    """From a clock beyond 2^40 quanta both engines give the rows of a clock at 0, moved by exactly the difference."""
    machine |= {"packets": "all", "start_q": 0}
    moved = {**machine, "start_q": start_q}
    assert_equal_engines(moved)
    early, late = make(machine), make(moved)
    end_q, late_q = run_on(Compiled, early, machine).end_q, run_on(Compiled, late, moved).end_q
    assert late_q - start_q == end_q
    for name, column in early.rows.items():
        shift = start_q if name in TIMES else 0
        np.testing.assert_array_equal(late.rows[name], column + shift if shift else column, err_msg=name)


@LATE
@given(machines())
def test_books_balance_after_every_batch(machine: dict[str, Any]) -> None:
    """Between any two batches the deliveries due are those with an outcome and those in flight."""
    chip, checked = make(machine | {"packets": "off"}), []
    engine = Compiled(chip.plan, [chip.program], chip.dram)

    def check(batch: int) -> None:
        engine.chip.counters()
        checked.append(batch)

    engine.run_part(machine["part"], 1, machine["batches"], 0, check)
    assert checked == list(range(machine["batches"]))


def sending() -> Chip:
    """A PE that sends one packet, with a recorder."""
    return build({1: at_start(Send(spike(0)))}, [to(spike(0), 2)])


@pytest.mark.parametrize("engine", [DiscreteEvent, Compiled])
def test_part_beyond_the_end_of_the_clock_is_refused(engine: type[Any]) -> None:
    """A part that ends with the clock's last microsecond is played; one that begins a microsecond later, or before 0, is not."""
    chip = sending()
    last_q = LAST_Q // QUANTA_PER_US * QUANTA_PER_US - part_quanta(chip.plan.schedule, Part.TRAIN, 3)
    assert chip.run(3, start_q=last_q, engine=engine).counters.losses() == []
    assert chip.rows["sent_q"].min() == last_q
    for start_q in (last_q + QUANTA_PER_US, 1 << 62, (1 << 63) - 1):
        with pytest.raises(ScenarioError, match=r"simulated time: a part of 3 batches would end .* allowed are 2\^61"):
            sending().run(3, start_q=start_q, engine=engine)
    with pytest.raises(ScenarioError, match="begins at -12000 quanta, allowed is 0 or later"):
        sending().run(3, start_q=-QUANTA_PER_US, engine=engine)


@pytest.mark.parametrize("engine", [DiscreteEvent, Compiled])
def test_packet_numbers_beyond_the_last_are_refused(engine: type[Any]) -> None:
    """The highest number with which a part may begin is exact in the trace; a higher one is refused."""
    chip = sending()
    assert chip.recorder is not None
    chip.recorder.sequence_base = LAST_SEQUENCE
    chip.run(engine=engine)
    assert chip.rows["seq"].tolist() == [LAST_SEQUENCE]
    with pytest.raises(ScenarioError, match="packet numbers: found 4611686018427387905"):
        chip.run(engine=engine)


def test_run_that_the_clock_cannot_count_is_refused_before_it_begins(small: Path, tmp_path: Path) -> None:
    """Ticks of a second in 100,000 epochs of 4,096 steps take longer than the clock counts: nothing is written."""
    changes: dict[str, Any] = {"chip.tick_us": 1_000_000, "network.steps": 4096, "training.epochs": 100_000}
    changes |= {"loss.b_ms": 1e5, "mapping.spikes_per_neuron": 8}  # so that so many steps fit
    with pytest.raises(ScenarioError, match=r"simulated time: the run of 100000 epochs would end .* years"):
        spinn2sim.run(small, tmp_path / "run", changes)
    assert not (tmp_path / "run").exists()
