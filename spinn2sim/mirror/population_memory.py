"""The memory that kernels of one population work on in one chunk, and the parts of kernels that both arithmetics share.

Views are made inside the kernels that use them, the shared parts are inlined, and none of them counts references: passing a structure of
many arrays by value would take about as long as the arithmetic.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_models.fixedpoint import Word
from spinn2sim.mirror.flat_arrays import Layout
from spinn2sim.mirror.kernel_decorators import inlined
from spinn2sim.mirror.scratch import Record, Scratch, Values

Ints = NDArray[np.int64]


class PopulationMemory(NamedTuple):
    """Views of Scratch and of the flat weights; nothing is copied."""

    # The number of the population; 1 is the first after the input.
    layer: int
    n: int
    # The index of its first neuron in a recording.
    neuron_at: int
    # Whether it is a readout, which never spikes.
    readout: bool
    # [n_in * n], the weights into the population and their gradient
    weights: Values
    grad: Values
    # The events of the population below, and the error that each gets.
    pre_ptr: Ints
    pre_ids: Ints
    pre_g: Values
    # The population's own events.
    ptr: Ints
    ids: Ints
    v_slope: Values
    g: Values
    # [n], state and adjoints; sums before they are narrowed; jumps of one step; [3, n], what rounding adds
    current: Values
    voltage: Values
    adjoint_v: Values
    adjoint_i: Values
    wide: Values
    jump: Values
    noise: Ints
    # [n], only for the last population: first-spike step, maximum over time, its step, and what lV gains there
    first: Ints
    peak: Values
    peak_step: Ints
    kick: Values
    # [4], clipped values: weight, state, adjoint, error
    saturated: Ints


class SampleId(NamedTuple):
    """Identifies a sample of a part: the part's seed, batch and slot determine its noise streams, `position` is its row in a recording."""

    seed: Word
    batch: Word
    slot: Word
    position: Word


@inlined
def population_memory(layout: Layout, weights: Values, s: Scratch, h: int, layer: int) -> PopulationMemory:
    """Make the views for population `layer` in chunk `h`."""
    low, high = s.event_at[layer - 1], s.event_at[layer]
    first, last = layout.weight_at[layer], layout.weight_at[layer + 1]
    return PopulationMemory(
        layer, layout.sizes[layer], layout.neuron_at[layer], layout.readout and layer == layout.sizes.size - 1,
        weights[first:last], s.grad[h, first:last],
        s.ptr[h, layer - 1], s.ids[h, low:high], s.g[h, low:high],
        s.ptr[h, layer], s.ids[h, high:], s.v_slope[h, high:], s.g[h, high:],
        s.current[h], s.voltage[h], s.adjoint_v[h], s.adjoint_i[h], s.wide[h], s.jump[h], s.noise[h],
        s.first[h], s.peak[h], s.peak_step[h], s.kick[h], s.saturated[h],
    )  # fmt: skip


@inlined
def set_to_rest(m: PopulationMemory) -> None:
    """Set the state before the first step: everything at rest, and no events."""
    m.current[: m.n] = 0
    m.voltage[: m.n] = 0
    m.ptr[:] = 0
    if m.readout:
        m.peak[: m.n] = 0
        m.peak_step[: m.n] = 0


@inlined
def note_maxima(m: PopulationMemory, i: int) -> None:
    """Keep peak = max(0, max V), and peak_step, its first step (0 if V is never above 0)."""
    for j in range(m.n):
        if m.voltage[j] > m.peak[j]:
            m.peak[j] = m.voltage[j]
            m.peak_step[j] = i


@inlined
def backward_start(m: PopulationMemory, steps: int) -> Word:
    """Return the step before the last own spike (of a readout: maximum), -1 if there is none. In later steps all adjoints are 0."""
    last: Word = 0
    if m.readout:
        for j in range(m.n):
            last = max(last, m.peak_step[j])
    else:
        last = steps - 1
        while last > 0 and m.ptr[last] == m.ptr[steps]:
            last -= 1
    return last - 1


@inlined
def record_state(record: Record, m: PopulationMemory, row: Word, i: int) -> None:
    """Record U and I of step i, if the recording is on."""
    if record.on:
        for j in range(m.n):
            record.v[row, i, m.neuron_at + j] = m.voltage[j]
            record.i[row, i, m.neuron_at + j] = m.current[j]


@inlined
def record_adjoints(record: Record, m: PopulationMemory, row: Word, i: int) -> None:
    """Record lV and lI of step i, if the recording is on."""
    if record.on:
        for j in range(m.n):
            record.adjoint_v[row, i, m.neuron_at + j] = m.adjoint_v[j]
            record.adjoint_i[row, i, m.neuron_at + j] = m.adjoint_i[j]
