"""Adjoints of a chain's population without those that are zero: a neuron gets a place when the backward pass meets its last spike.

Before that, and in a sample in which it does not fire at all, both its adjoints are 0, which decays to 0, adds nothing to an error or a
gradient, and rounds to 0. So only places are updated, which are the first of adjoint_v and adjoint_i. Neurons of other graphs always
have the place of their own number.
"""

from __future__ import annotations

from firmware_models.fixedpoint import Word
from spinn2sim.mirror.kernel_decorators import inlined
from spinn2sim.mirror.population_memory import PopulationMemory, clear_adjoints
from spinn2sim.mirror.scratch import Record

SPARSE = 4  # gradients go to single words if at most a SPARSE-th of the neurons have a place


@inlined
def begin_places(m: PopulationMemory) -> Word:
    """Clear what is kept of adjoints, and give all neurons of the readout that answers a place. Returns how many have one."""
    clear_adjoints(m)
    m.wide[: m.n] = 0
    m.spread[: m.n] = 0
    kept: Word = 0
    if m.answers:
        for j in range(m.n):
            m.place[j] = j
            m.active[j] = j
        kept = m.n
    return kept


@inlined
def give_places(m: PopulationMemory, i: int, kept: Word) -> Word:
    """Give a place to each neuron that fires in step i and has none. Returns how many have one."""
    for k in range(m.ptr[i], m.ptr[i + 1]):
        if m.place[m.ids[k]] < 0:
            m.place[m.ids[k]] = kept
            m.active[kept] = m.ids[k]
            kept += 1
    return kept


@inlined
def forget_places(m: PopulationMemory, kept: Word) -> None:
    """Take all places back."""
    for k in range(kept):
        m.place[m.active[k]] = -1


@inlined
def few(m: PopulationMemory, kept: Word) -> bool:
    """Return whether it is less work to go through places than through all neurons."""
    sparse: bool = SPARSE * kept <= m.n
    return sparse


@inlined
def record_kept(record: Record, m: PopulationMemory, row: Word, i: int, kept: Word) -> None:
    """Record lV and lI of step i, if the recording is on, which holds zeros for neurons without a place."""
    if record.on:
        for k in range(kept):
            record.adjoint_v[row, i, m.neuron_at + m.active[k]] = m.adjoint_v[k]
            record.adjoint_i[row, i, m.neuron_at + m.active[k]] = m.adjoint_i[k]
