"""Neurons that rest after a spike, in both arithmetics: V stays 0 for some steps, while I goes on (docs/reference/networks.md).

The spikes of the last steps are those of the neurons that rest, so nothing is counted for a neuron. Chains of neurons that never rest run
on kernels which call none of this.
"""

from __future__ import annotations

from firmware_models.fixedpoint import Word
from spinn2sim.mirror.flat_arrays import Layout
from spinn2sim.mirror.kernel_decorators import inlined
from spinn2sim.mirror.population_memory import PopulationMemory
from spinn2sim.mirror.scratch import Scratch


@inlined
def hold_resting(layout: Layout, s: Scratch, h: int, m: PopulationMemory, i: int) -> None:
    """V = 0 of neurons that rest in step i, after V was updated. Writes I of those that do for the last time to restart."""
    rest, own = layout.rest[m.layer], s.event_at[m.layer]
    if rest > 0:
        for k in range(m.ptr[max(0, i - rest)], m.ptr[i]):
            m.voltage[m.ids[k]] = 0
        if i >= rest:
            for k in range(m.ptr[i - rest], m.ptr[i - rest + 1]):
                s.restart[h, own + k] = m.current[m.ids[k]]


@inlined
def forget_restarts(layout: Layout, s: Scratch, h: int, p: int, start: Word, steps: int) -> None:
    """Clear restart of spikes after which a neuron restarts later than step start + 1, where all adjoints are 0, or never."""
    if layout.rest[p] > 0:
        for k in range(s.ptr[h, p, max(0, start + 2 - layout.rest[p])], s.ptr[h, p, steps]):
            s.restart[h, s.event_at[p] + k] = 0


@inlined
def note_restarts(layout: Layout, s: Scratch, h: int, m: PopulationMemory, i: int) -> None:
    """Multiply restart by lV[i], for spikes after which a neuron restarts in step i."""
    rest, own = layout.rest[m.layer], s.event_at[m.layer]
    if rest > 0 and i >= rest:
        for k in range(m.ptr[i - rest], m.ptr[i - rest + 1]):
            s.restart[h, own + k] *= m.adjoint_v[m.ids[k]]


@inlined
def still_resting(layout: Layout, m: PopulationMemory, i: int) -> None:
    """lV = 0 before step i of neurons that restart in step i, after lI and lV were updated."""
    rest = layout.rest[m.layer]
    if rest > 0 and i >= rest:
        for k in range(m.ptr[i - rest], m.ptr[i - rest + 1]):
            m.adjoint_v[m.ids[k]] = 0
