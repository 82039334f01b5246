"""Checks of [faults] that concern more than one number: names of channels, and things that can happen only once."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from spinn2sim.hardware.dead_parts import channels_by_name
from spinn2sim.scenario.dead_part_keys import part_problems
from spinn2sim.scenario.keys import Problem, Scenario


def fault_problems(scenario: Scenario) -> Iterator[Problem]:
    """Yield what is wrong with [faults]: key, what was found, what is allowed."""
    faults = scenario.faults
    if faults is None:
        return
    for name, *_ in faults.channels_down:
        if name not in channels_by_name():
            near = difflib.get_close_matches(name, channels_by_name(), n=1)
            meant = f"; did you mean {near[0]}?" if near else ""
            yield "faults.channels_down", repr(name), f'the name of a channel, such as "(4,3)->(5,3)"{meant}'
    if faults.chip is not None and faults.board is None:
        yield "faults.chip", list(faults.chip), "no such key without faults.board"
    yield from part_problems(faults, "faults")
    for key, pes in (("hung_pes", faults.hung_pes), ("clock_drift_ppm", faults.clock_drift_ppm)):
        twice = [pe for n, (pe, *_) in enumerate(pes) if pe in [other for other, *_ in pes[:n]]]
        if twice:
            yield f"faults.{key}", f"PE {twice[0]} twice", "one entry for each PE"
    down = [name for name, *_ in faults.channels_down]
    twice_down = [name for n, name in enumerate(down) if name in down[:n]]
    if twice_down:
        yield "faults.channels_down", f"{twice_down[0]} twice", "one entry for each channel"
