"""How many synapses a source neuron's row has on a PE, and to which neurons, if it is held as a row of targets."""

from __future__ import annotations

import numpy as np

from firmware_models.fixedpoint import Word
from firmware_models.jit.compiler import kernel
from firmware_models.programs.population_state import PopulationState


@kernel
def is_listed(s: PopulationState, q: Word) -> bool:
    """Whether projection q into the population is held as rows of targets."""
    return bool(s.has_lists and s.incoming.listed[q] == 1)


@kernel
def list_row(s: PopulationState, q: Word, source: Word) -> Word:
    """Return the row in `s.lists` of source row `source` of projection q, which is held as rows."""
    return np.int64(s.incoming.first_listed[q] + source - s.incoming.first_row[q])


@kernel
def row_size(s: PopulationState, row: Word, q: Word, source: Word) -> Word:
    """Return the number of synapses of a source row on this PE."""
    if is_listed(s, q):
        return np.int64(s.lists.length[row, list_row(s, q, source)])
    return np.int64(s.neurons.size[row])


@kernel
def has_synapse(s: PopulationState, row: Word, source: Word, neuron: Word) -> bool:
    """Whether a synapse leads from source row `source` to a neuron of this PE; a matrix has all."""
    q = np.int64(s.incoming.of_row[source])
    if not is_listed(s, q):
        return True
    at = list_row(s, q, source)
    targets = s.lists.target[row, at, : s.lists.length[row, at]]
    found = False
    for n in range(targets.size):
        found = found or bool(targets[n] == neuron)
    return found
