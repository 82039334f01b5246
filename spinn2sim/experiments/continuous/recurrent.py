"""A recurrent layer in continuous time: its spikes, exact to rounding, event by event; no time step.

A spike acts on the layer itself `delay` seconds later. With delay 0 it acts at once, after all that crossed the threshold at the same
instant have fired. It is the current that jumps, the potential answers later: no two spikes set each other off in no time. But a layer that
excites itself strongly may fire ever faster; `max_spikes` is a limit.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.experiments.continuous.compile import kernel
from spinn2sim.experiments.continuous.events import (
    Cell,
    Cells,
    Events,
    Train,
    cell_of,
    cells,
    events,
    refuse_misfit,
    train_of,
)
from spinn2sim.experiments.continuous.forward import may_fire
from spinn2sim.experiments.continuous.layers import Circuits, Floats
from spinn2sim.experiments.continuous.potential import first_crossing, response
from spinn2sim.experiments.continuous.spikes import Spikes

FIRST_ROOM = 1024


class Fan(NamedTuple):
    """Weights from each source to all neurons, side by side in memory: inputs (n_in, n), own (n, n)."""

    inputs: Floats
    own: Floats


class State(NamedTuple):
    """All neurons at one instant, (n,) each: V, I, spikes left, and how long until each crosses (inf: not before the next event)."""

    v: Floats
    i: Floats
    left: NDArray[np.int64]
    waits: Floats


class Step(NamedTuple):
    """What becomes of V and I over some time: exp(-t/tau_mem), exp(-t/tau_syn), V at its end for I = 1."""

    mem: float
    syn: float
    response: float


@kernel
def step_of(wait: float, cell: Cell) -> Step:
    """The step of one neuron over `wait`."""
    return Step(
        math.exp(-wait / cell.tau_mem),
        math.exp(-wait / cell.tau_syn),
        response(wait, cell.tau_mem, cell.tau_syn),
    )


@kernel
def move(state: State, cells: Cells, sample: int, wait: float) -> None:
    """All neurons `wait` later."""
    step = step_of(wait, cell_of(cells, sample, 0))
    for neuron in range(len(state.v)):
        if not cells.alike:
            step = step_of(wait, cell_of(cells, sample, neuron))
        state.v[neuron] = state.v[neuron] * step.mem + state.i[neuron] * step.response
        state.i[neuron] *= step.syn


@kernel
def next_crossing(state: State, cells: Cells, sample: int, horizon: float) -> float:
    """How long until the first neuron crosses within `horizon`, or inf; fills `waits`."""
    soonest = math.inf
    step = step_of(horizon, cell_of(cells, sample, 0))
    for neuron in range(len(state.v)):
        cell = cell_of(cells, sample, neuron)
        if not cells.alike:
            step = step_of(horizon, cell)
        v, i = state.v[neuron], state.i[neuron]
        wait = math.inf
        if state.left[neuron] > 0 and may_fire(v, i, v * step.mem + i * step.response, i * step.syn, cell):
            wait = first_crossing(v, i, cell.tau_mem, cell.tau_syn, cell.threshold, min(horizon, soonest))
        state.waits[neuron] = wait
        soonest = min(soonest, wait)
    return soonest


@kernel
def fire_recurrent_sample(
    inputs: Train, fan: Fan, cells: Cells, sample: int, t_end: float, delay: float, state: State, out: Train
) -> int:
    """The spikes of one sample in the order of time; how many there are, or one more than there is room for."""
    state.v[:], state.i[:], state.left[:] = 0.0, 0.0, cells.max_spikes
    now, event, echo, count = 0.0, 0, 0, 0
    while True:
        t_in = inputs.times[event] if event < len(inputs.times) else math.inf
        t_echo = out.times[echo] + delay if echo < count else math.inf
        until = min(min(t_in, t_echo), t_end)
        soonest = next_crossing(state, cells, sample, until - now)
        if soonest < math.inf:
            move(state, cells, sample, soonest)
            now += soonest
            for neuron in range(len(state.v)):
                if state.waits[neuron] == soonest:
                    if count == len(out.times):
                        return count + 1
                    out.times[count], out.neurons[count] = now, neuron
                    state.v[neuron] = 0.0
                    state.left[neuron] -= 1
                    count += 1
            continue
        if until >= t_end:
            return count
        move(state, cells, sample, until - now)
        now = until
        if t_in <= t_echo:
            state.i[:] += fan.inputs[inputs.neurons[event]]
            event += 1
        else:
            state.i[:] += fan.own[out.neurons[echo]]
            echo += 1


@kernel
def fire_recurrent_batch(
    inputs: Events, fan: Fan, cells: Cells, t_end: float, delay: float, out: Train, offsets: NDArray[np.int64]
) -> int:
    """The spikes of all samples; how many there are, or more than the room there is."""
    size = len(cells.tau_mem)
    state = State(np.empty(size), np.empty(size), np.empty(size, np.int64), np.empty(size))
    start = 0
    for sample in range(len(offsets) - 1):
        free = Train(out.times[start:], out.neurons[start:])
        count = fire_recurrent_sample(train_of(inputs, sample), fan, cells, sample, t_end, delay, state, free)
        if count > len(free.times):
            return start + count
        start += count
        offsets[sample + 1] = start
    return start


def refuse_loop(recurrent: Floats, circuits: Circuits, delay: float) -> None:
    """Raises ValueError unless recurrent weights are (neurons, neurons) and the delay is 0 s or more."""
    if recurrent.shape != (circuits.size, circuits.size):
        raise ValueError(f"recurrent weights are {recurrent.shape}; {circuits.size} neurons have others")
    if not delay >= 0.0:
        raise ValueError(f"a recurrent layer's delay is {delay} s; it must be at least 0")


def fan_of(weights: Floats, recurrent: Floats) -> Fan:
    """The weights as the kernels take them."""
    return Fan(np.ascontiguousarray(weights.T), np.ascontiguousarray(recurrent.T))


def fire_recurrent(
    inputs: Spikes, weights: Floats, recurrent: Floats, circuits: Circuits, t_end: float, delay: float = 0.0
) -> Spikes:
    """The spikes before `t_end` of a layer that starts at rest and hears itself `delay` later (seconds, 0 or more).

    weights (n, n_in); recurrent (n, n), from its column to its row, a neuron's to itself among them.
    """
    refuse_misfit(inputs, weights, circuits)
    refuse_loop(recurrent, circuits, delay)
    room = max(FIRST_ROOM, 2 * circuits.size * inputs.samples)
    fan = fan_of(weights, recurrent)
    while True:
        out = Train(np.empty(room), np.empty(room, np.int32))
        offsets = np.zeros(inputs.samples + 1, np.int64)
        count = fire_recurrent_batch(events(inputs), fan, cells(circuits), t_end, delay, out, offsets)
        if count <= room:
            return Spikes(out.times[:count], out.neurons[:count], offsets, circuits.size)
        room *= 2
