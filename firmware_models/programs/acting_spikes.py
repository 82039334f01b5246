"""The recorded spikes of a PE by the step in which they act, for synapses with delays.

An axon's spike has one delay, so it acts in one step of the way back. The firmware looks in each step at every spike that may still act,
and is charged for that; the simulator makes a list at the first backward step, from what was recorded, and reads only what acts.
"""

from __future__ import annotations

import numpy as np

from firmware_models.fixedpoint import Word
from firmware_models.jit.compiler import kernel
from firmware_models.programs.population_state import PopulationState

# What `listed` says: the list is not of these spikes; it is; there can be none.
STALE, LISTED, UNLISTED = np.int32(0), np.int32(1), np.int32(2)


@kernel
def acting_are_listed(s: PopulationState, row: Word) -> bool:
    """List the spikes with delays by the step in which they act, unless it has been done; returns whether it can be.

    It cannot where a synapse has a delay of its own, nor where steps share spikes, as they do after lost ticks, and the list has no room.
    """
    lines = s.delays
    if lines.listed[row] == STALE:
        lines.listed[row] = LISTED if count_acting(s, row) else UNLISTED
        if lines.listed[row] == LISTED:
            list_acting(s, row)
    return bool(lines.listed[row] == LISTED)


@kernel
def count_acting(s: PopulationState, row: Word) -> bool:
    """Count the spikes that act in each step, in acting_first[step + 1], and those looked at. Returns whether a list can hold them."""
    lines, first, steps = s.delays, s.inputs.first[row], np.int64(s.arithmetic.steps)
    counts, looks = lines.acting_first[row], lines.looks[row]
    counts[:] = 0
    looks[:] = 0
    total: Word = 0
    for fired in range(steps):
        for at in range(first[fired], first[fired + 1]):
            reach, only = np.int64(lines.reach[row, at]), np.int64(lines.only[row, at])
            if reach < 0:
                continue
            if only < 0:
                return False
            # As differences: one more from `fired` on, one less from the step on that it cannot reach.
            looks[fired] += 1
            looks[min(fired + reach + 1, steps)] -= 1
            if only <= reach and fired + only < steps:
                counts[fired + only + 1] += 1
                total += 1
    for step in range(steps):
        looks[step + 1] += looks[step]
        counts[step + 1] += counts[step]
    return bool(total <= lines.acting.shape[1])


@kernel
def list_acting(s: PopulationState, row: Word) -> None:
    """Sort the spikes by the step in which they act, once they are counted: those of a step are acting[first[step]:first[step + 1]]."""
    lines, first, steps = s.delays, s.inputs.first[row], np.int64(s.arithmetic.steps)
    place, acting = lines.acting_first[row], lines.acting[row]
    for fired in range(steps):
        for at in range(first[fired], first[fired + 1]):
            reach, only = np.int64(lines.reach[row, at]), np.int64(lines.only[row, at])
            if reach >= 0 and only <= reach and fired + only < steps:
                acting[place[fired + only]] = at
                place[fired + only] += 1
    for step in range(steps, 0, -1):
        place[step] = place[step - 1]
    place[0] = 0
