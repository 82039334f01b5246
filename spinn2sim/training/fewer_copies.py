"""Lowers the number of copies to the most that fit a chip with dead parts, where a scenario allows it."""

from __future__ import annotations

import warnings
from bisect import bisect_left
from dataclasses import replace

from spinn2sim.errors import MappingError, MappingWarning
from spinn2sim.graph import Graph
from spinn2sim.scenario.keys import Scenario
from spinn2sim.scenario.load import with_changes
from spinn2sim.training.firmware_of_scenario import make_firmware
from spinn2sim.training.plan_of_scenario import make_plan


def with_fewer_copies(scenario: Scenario, graph: Graph, events: int) -> Scenario:
    """Return the scenario with the most copies that fit, up to training.copies, if faults.fewer_copies is true. `events` are as in a plan.

    Warns if these are fewer. Raises MappingError if not even one copy fits, or as many as mapping.reduce_rounds.
    """
    asked, faults = scenario.training.copies, scenario.faults
    if faults is None or not faults.fewer_copies or _fits(scenario, graph, events, asked):
        return scenario
    least = scenario.mapping.reduce_rounds or 1
    choices = range(least, asked)
    copies = choices.start - 1 + bisect_left(choices, True, key=lambda n: not _fits(scenario, graph, events, n))
    if copies < least:
        lowest = _with_copies(scenario, min(least, asked))
        make_plan(lowest, graph, events, make_firmware(lowest))
    warnings.warn(
        f"training.copies: {asked} do not fit on the parts of the chip that work, {copies} are used; a batch has {copies} samples",
        MappingWarning,
        stacklevel=2,
    )
    return _with_copies(scenario, copies)


def _fits(scenario: Scenario, graph: Graph, events: int, copies: int) -> bool:
    changed = _with_copies(scenario, copies)
    try:
        make_plan(changed, graph, events, make_firmware(changed))
    except MappingError:
        return False
    return True


def _with_copies(scenario: Scenario, copies: int) -> Scenario:
    return with_changes(scenario, training=replace(scenario.training, copies=copies))
