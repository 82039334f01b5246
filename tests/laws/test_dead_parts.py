"""Training on chips with dead parts: refused in a line, or bit for bit as on a whole chip, in both engines."""

from __future__ import annotations

from functools import cache
from time import process_time

import numpy as np
from hypothesis import given, settings

from broken_chips import dead_parts, faults_of
from spinn2sim.errors import MappingError
from spinn2sim.hardware.dead_parts import NOTHING_DEAD, DeadParts
from spinn2sim.hardware.engines.choice import WITHOUT_FIRMWARE
from spinn2sim.report.diff import trace_difference
from spinn2sim.scenario.draw_dead_parts import dead_parts_of
from spinn2sim.scenario.keys import Trace
from spinn2sim.trace.recorder import TraceRecorder
from spinn2sim.trace.tables import Columns
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.training.run_inputs import RunInputs
from tiny_networks import packed, tiny_samples, tiny_scenario, tiny_weights

SECOND = 1.0
ORDER = np.array([3, 0, 5, 1, 4, 2])


def made(dead: DeadParts, engine: str) -> OnChipTrainer:
    """A small network on a chip with dead parts, whose packets are recorded."""
    scenario = tiny_scenario({"faults": faults_of(dead), "numerics.rounding": "stochastic"})
    assert dead_parts_of(scenario) == dead
    data = tiny_samples(6)
    recorder = TraceRecorder(Trace(packets="all"), scenario.training.copies)
    return OnChipTrainer(RunInputs(scenario, data, data, tiny_weights((4, 6, 6, 3))), recorder, engine)


def trained(chip: OnChipTrainer) -> tuple[bytes, Columns]:
    """The weights and the packets of an epoch in which nothing is lost, on routes that avoid what is closed."""
    assert chip.recorder is not None
    chip.recorder.begin_part(1, 0, ORDER)
    counters = chip.train(1, ORDER).counters
    assert counters is not None
    assert counters.losses() == []
    dead = chip.plan.dead
    closed = np.isin(counters.channel_names, sorted(map(str, dead.channels)))
    assert closed.sum() == len(dead.channels)
    assert not counters.channel_flits[closed].any()
    assert counters.channel_flits[~closed].any()
    used = {core for group in chip.plan.groups for core in group.cores}
    assert used <= set(chip.plan.routes.pes)
    assert used.isdisjoint(dead.pes)
    return packed(chip.weights), chip.recorder.end_part()


@cache
def whole() -> bytes:
    """The weights on a whole chip."""
    return trained(made(NOTHING_DEAD, WITHOUT_FIRMWARE[0]))[0]


@settings(max_examples=25)
@given(dead_parts())
def test_any_dead_parts_are_mapped_around_or_refused(dead: DeadParts) -> None:
    """Either one line within a second says what is missing, or both engines send the same packets and learn the weights of a whole chip."""
    refusal = ""
    begin = process_time()
    try:
        chips = [made(dead, engine) for engine in WITHOUT_FIRMWARE]
    except MappingError as error:
        refusal = str(error)
    if refusal:
        assert process_time() - begin < SECOND
        assert "\n" not in refusal
        assert "dead" in refusal
        return
    (weights, rows), (again, same) = map(trained, chips)
    assert weights == again == whole()
    assert trace_difference(rows, same) is None
