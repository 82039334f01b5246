"""The memory that kernels of one population work on in one chunk, and the parts of kernels that both arithmetics share.

Views are made inside the kernels that use them, from structures that are passed by reference; the shared parts are inlined, and none of
them counts references. Passing a structure of many arrays by value would take about as long as the arithmetic.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_models.fixedpoint import Word
from spinn2sim.mirror.flat_arrays import LIF, ChainLayout, Layout
from spinn2sim.mirror.kernel_decorators import inlined
from spinn2sim.mirror.scratch import VECTOR, Record, Scratch, Synapses, Values

Ints = NDArray[np.int64]


class PopulationMemory(NamedTuple):
    """Views of Scratch and of the flat weights; nothing is copied."""

    # The position of the population in the graph.
    layer: int
    n: int
    # n in whole blocks of LANES, the room of its state, and in whole vectors, which loops go through; what is beyond n is 0.
    whole: int
    even: int
    # The index of its first neuron in a recording.
    neuron_at: int
    # Whether it spikes, and whether it is the readout that answers.
    spikes: bool
    answers: bool
    # The largest delay of a synapse into it; 0: it has no windows.
    longest: int
    # The projections into it are first_in .. last_in - 1; whether any of their spikes needs its error
    first_in: int
    last_in: int
    needs_errors: bool
    # [rows * n], the weights into the population and their gradient
    weights: Values
    grad: Values
    # [synapses], [words], of all projections: where delayed sums are, and gradients of delays
    reach: NDArray[np.int32]
    delay_grad: Values
    # The events of all populations; those of population p begin at event_at[p].
    event_at: Ints
    all_ptr: Ints
    all_ids: Ints
    all_g: Values
    # [(T + longest) * n]
    arriving: Values
    past_difference: Values
    past_adjoint: Values
    # [T + longest delay]
    streams: Ints
    # The population's own events.
    ptr: Ints
    ids: Ints
    v_slope: Values
    g: Values
    # [whole], state and adjoints; sums before they are narrowed; jumps of one step; gradients of a step; [3, whole], what rounding adds
    current: Values
    voltage: Values
    adjoint_v: Values
    adjoint_i: Values
    wide: Values
    jump: Values
    spread: Values
    noise: Ints
    # [n] of a chain: the neurons whose adjoints are kept, by place, and the place of each neuron, -1 if it has none
    active: Ints
    place: Ints
    # [1], what no magnitude of an adjoint is above, and of a weight of any population, in fixed point
    bound: Ints
    largest: Word
    # How many neurons in a row have the same constants: even, or each its own; [n], these constants
    run: int
    alpha: Values
    alpha_rest: Values
    beta: Values
    beta_rest: Values
    # [n], only for the output: first-spike step, maximum over time, its step, and what lV gains there
    first: Ints
    peak: Values
    peak_step: Ints
    kick: Values
    # [4], clipped values: weight, state, adjoint, error
    saturated: Ints


class OutputMemory(NamedTuple):
    """Views of what a loss reads and writes, of the population that answers: fields of PopulationMemory."""

    n: int
    ptr: Ints
    ids: Ints
    g: Values
    wide: Values
    first: Ints
    peak: Values
    kick: Values
    saturated: Ints


class SourceEvents(NamedTuple):
    """The events of the only source of a population of a chain: ptr [T + 1], ids, and the errors g that they get."""

    ptr: Ints
    ids: Ints
    g: Values


class SampleId(NamedTuple):
    """Identifies a sample of a part: the part's seed, batch and slot determine its noise streams, `position` is its row in a recording."""

    seed: Word
    batch: Word
    slot: Word
    position: Word


@inlined
def in_vectors(n: Word) -> Word:
    """Return n rounded up to whole vectors."""
    return (n + (VECTOR - 1)) & -VECTOR


@inlined
def population_memory(c: Any, layout: Layout, synapses: Synapses, s: Scratch, h: int, p: int) -> PopulationMemory:
    """Make the views for population `p` in chunk `h`. c: FloatConstants or FixedConstants."""
    own, window, n, at = s.event_at[p], s.window_at[p], layout.neuron_at[p], s.state_at[p]
    first, last = layout.weight_at[p], layout.weight_at[p + 1]
    answers = (
        layout.readout and p == layout.output
    )  # not in the call: numba has no control flow in a call of so many arguments
    whole = s.state_at[p + 1] - at
    even = in_vectors(layout.sizes[p])
    run = even if c.alike[p] else 1
    return PopulationMemory(
        p, layout.sizes[p], whole, even, n, layout.kind[p] == LIF, answers, layout.longest[p],
        layout.incoming[p], layout.incoming[p + 1], layout.needs_errors[p],
        synapses.weights[first:last], s.grad[h, first:last], synapses.reach, s.delay_grad[h],
        s.event_at, s.ptr[h], s.ids[h], s.g[h],
        s.arriving[h, window:], s.past_difference[h, window:], s.past_adjoint[h, window:], s.streams[h],
        s.ptr[h, p], s.ids[h, own:], s.v_slope[h, own:], s.g[h, own:],
        s.current[h, at:], s.voltage[h, at:], s.adjoint_v[h, at:], s.adjoint_i[h, at:], s.wide[h], s.jump[h], s.spread[h],
        s.noise[h], s.active[h], s.place[h], s.bound[h, p:], synapses.largest,
        run, c.alpha[n:], c.alpha_rest[n:], c.beta[n:], c.beta_rest[n:],
        s.first[h], s.peak[h], s.peak_step[h], s.kick[h], s.saturated[h],
    )  # fmt: skip


@inlined
def source_events(layout: ChainLayout, s: Scratch, h: int, p: int) -> SourceEvents:
    """Make the views of the events that come into population `p`, in chunk `h`."""
    pre = layout.pre[layout.incoming[p]]
    return SourceEvents(s.ptr[h, pre], s.ids[h, s.event_at[pre] :], s.g[h, s.event_at[pre] :])


@inlined
def output_memory(layout: Layout, s: Scratch, h: int) -> OutputMemory:
    """Make the views for the population that answers, in chunk `h`."""
    p, own = layout.output, s.event_at[layout.output]
    return OutputMemory(
        layout.sizes[p],
        s.ptr[h, p],
        s.ids[h, own:],
        s.g[h, own:],
        s.wide[h],
        s.first[h],
        s.peak[h],
        s.kick[h],
        s.saturated[h],
    )


@inlined
def set_to_rest(m: PopulationMemory) -> None:
    """Set the state before the first step: everything at rest, and no events."""
    m.current[: m.whole] = 0
    m.voltage[: m.whole] = 0
    m.ptr[:] = 0
    if m.answers:
        m.peak[: m.n] = 0
        m.peak_step[: m.n] = 0


@inlined
def clear_adjoints(m: PopulationMemory) -> None:
    """Set the adjoints after the last step to zero."""
    m.adjoint_v[: m.whole] = 0
    m.adjoint_i[: m.whole] = 0
    m.bound[0] = 0


@inlined
def begin_backward(m: PopulationMemory, start: Word, steps: int) -> None:
    """Set adjoints after step `start` to zero, also in the windows, whose rows from T on are never written."""
    clear_adjoints(m)
    if m.longest > 0:
        m.past_difference[(start + 1) * m.n : steps * m.n] = 0
        m.past_adjoint[(start + 1) * m.n : steps * m.n] = 0


@inlined
def first_event_step(source: SourceEvents, steps: int) -> Word:
    """Return the step of the first spike of a source, `steps` if there is none."""
    first: Word = 0
    while first < steps and source.ptr[first + 1] == 0:
        first += 1
    return first


@inlined
def first_busy_step(source: SourceEvents, steps: int, at_once: bool) -> Word:
    """Return the first step in which a spike acts on a population of a chain, which is at rest before; 1 if it has to start at once."""
    first: Word = 1
    while not at_once and first < steps and source.ptr[first] == 0:
        first += 1
    return first


@inlined
def note_maxima(m: PopulationMemory, i: int) -> None:
    """Keep peak = max(0, max V), and peak_step, its first step (0 if V is never above 0)."""
    for j in range(m.n):
        if m.voltage[j] > m.peak[j]:
            m.peak[j] = m.voltage[j]
            m.peak_step[j] = i


@inlined
def backward_start(m: PopulationMemory, steps: int) -> Word:
    """Return the step before the last own spike (of the readout that answers: maximum), -1 if there is none.

    In later steps all adjoints are 0.
    """
    last: Word = 0
    if m.answers:
        for j in range(m.n):
            last = max(last, m.peak_step[j])
    elif m.spikes:
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
