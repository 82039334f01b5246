"""An engine may call a program's step for one PE at a time or for all PEs of a group at once."""

from __future__ import annotations

import dataclasses
from typing import Any

from hypothesis import given, settings

from compare_engines import assert_same_counters
from random_loads import loads, play
from scripted_programs import Memory, ScriptedProgram
from spinn2sim.hardware.engines.discrete_event import DiscreteEvent
from spinn2sim.hardware.packet import Part


@settings(max_examples=20, deadline=None)
@given(loads())
def test_pes_stepped_together_do_what_each_would_do_alone(load: dict[str, Any]) -> None:
    """One step call for all PEs of a group gives the trace that a group per PE gives."""
    chip, together = play(load)
    group = chip.plan.groups[0]
    singles = tuple(dataclasses.replace(group, name=f"pe{c}", cores=(c,), used=(0,)) for c in group.cores)
    phase = dataclasses.replace(chip.plan.schedule.train[0], groups=tuple(range(len(singles))))
    schedule = dataclasses.replace(chip.plan.schedule, train=(phase,))
    bare = tuple(dataclasses.replace(t, moves=()) for t in chip.plan.transfers)
    plan = dataclasses.replace(chip.plan, groups=singles, schedule=schedule, transfers=bare)
    programs = [ScriptedProgram(g.name, g.cores, chip.program.scripts) for g in singles]
    assert isinstance(programs[0].state, Memory)
    alone = DiscreteEvent(plan, programs, {}).run_part(Part.TRAIN, 1, 1, 0)
    assert_same_counters(alone.counters, together.counters)
    logs = sorted(taken for program in programs for taken in program.log)
    assert logs == sorted(chip.program.log)
