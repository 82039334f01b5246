"""The adjoint of a recurrent layer in continuous time, from spike times alone: gradients of both weight matrices, errors for the input.

The equations of `adjoint`, where a spike of the layer is its input too, `delay` later, so that its g comes from above and from the layer
itself (Wunderlich & Pehle 2021, Table 1):

    where spike k acts   dW_rec -= tau_syn lI,   g_k += W_rec^T (lV - lI)
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from spinn2sim.experiments.continuous.adjoint import LEAST_SLOPE
from spinn2sim.experiments.continuous.compile import kernel
from spinn2sim.experiments.continuous.events import (
    Cells,
    Events,
    Train,
    cell_of,
    cells,
    events,
    refuse_loads,
    refuse_misfit,
    train_of,
)
from spinn2sim.experiments.continuous.layers import Circuits, Floats
from spinn2sim.experiments.continuous.potential import response
from spinn2sim.experiments.continuous.recurrent import Fan, fan_of, refuse_loop
from spinn2sim.experiments.continuous.spikes import Spikes


class RecurrentGradient(NamedTuple):
    """weights (n, n_in) and recurrent (n, n), summed over the samples; errors, dL/dt of each input spike."""

    weights: Floats
    recurrent: Floats
    errors: Floats


class Loop(NamedTuple):
    """How long until a spike acts on its own layer, and the least D that is believed."""

    delay: float
    least_slope: float


class Load(NamedTuple):
    """Of each own spike: g = dL/dt, slopes = D."""

    g: Floats
    slopes: Floats


class Sums(NamedTuple):
    """What is gathered: weight gradients, from each source to all neurons, and errors of the input spikes."""

    fan: Fan
    errors: Floats


class Adjoint(NamedTuple):
    """All neurons at one instant, (n,) each: lV, lI; and the currents I on the way forward."""

    v: Floats
    i: Floats
    currents: Floats


@kernel
def decay_currents(currents: Floats, cells: Cells, wait: float) -> None:
    """All currents `wait` later."""
    decay = math.exp(-wait / cells.tau_syn[0])
    for neuron in range(len(currents)):
        if not cells.alike:
            decay = math.exp(-wait / cells.tau_syn[neuron])
        currents[neuron] *= decay


@kernel
def fill_all_slopes(
    inputs: Train, own: Train, fan: Fan, cells: Cells, sample: int, loop: Loop, currents: Floats, out: Floats
) -> None:
    """D just before each own spike, (spikes,), held at its least; what acts at the very same instant is not yet counted."""
    currents[:] = 0.0
    now, event, echo = 0.0, 0, 0
    for k in range(len(own.times)):
        while True:
            t_in = inputs.times[event] if event < len(inputs.times) else math.inf
            t_echo = own.times[echo] + loop.delay if echo < k else math.inf
            t = min(t_in, t_echo)
            if t >= own.times[k]:
                break
            decay_currents(currents, cells, t - now)
            now = t
            if t_in <= t_echo:
                currents[:] += fan.inputs[inputs.neurons[event]]
                event += 1
            else:
                currents[:] += fan.own[own.neurons[echo]]
                echo += 1
        neuron = own.neurons[k]
        cell = cell_of(cells, sample, neuron)
        slope = currents[neuron] * math.exp((now - own.times[k]) / cell.tau_syn) - cell.threshold
        out[k] = max(slope, loop.least_slope)


@kernel
def move_back(state: Adjoint, cells: Cells, wait: float) -> None:
    """All adjoint states `wait` earlier."""
    mem, syn, gain = 0.0, 0.0, 0.0
    for neuron in range(len(state.v)):
        if neuron == 0 or not cells.alike:
            tau_mem, tau_syn = cells.tau_mem[neuron], cells.tau_syn[neuron]
            mem, syn, gain = math.exp(-wait / tau_mem), math.exp(-wait / tau_syn), response(wait, tau_syn, tau_mem)
        state.i[neuron] = state.i[neuron] * syn + state.v[neuron] * gain
        state.v[neuron] *= mem


@kernel
def take(state: Adjoint, cells: Cells, weights: Floats, gradient: Floats) -> float:
    """An event that acted on all neurons by `weights` (n,): adds to its gradient, gives its error."""
    error = 0.0
    for neuron in range(len(weights)):
        gradient[neuron] -= cells.tau_syn[neuron] * state.i[neuron]
        error += weights[neuron] * (state.v[neuron] - state.i[neuron])
    return error


@kernel
def pull_recurrent_sample(
    inputs: Train, own: Train, fan: Fan, cells: Cells, sample: int, loop: Loop, at: Load, state: Adjoint, out: Sums
) -> None:
    """One sample backward; `at.g` gains what comes through the layer itself."""
    state.v[:], state.i[:] = 0.0, 0.0
    event, echo, spike = len(inputs.times) - 1, len(own.times) - 1, len(own.times) - 1
    now = math.inf
    while event >= 0 or spike >= 0:
        t_in = inputs.times[event] if event >= 0 else -1.0
        t_echo = own.times[echo] + loop.delay if echo >= 0 else -1.0
        t_own = own.times[spike] if spike >= 0 else -1.0
        t = max(t_own, max(t_in, t_echo))
        if now < math.inf:
            move_back(state, cells, now - t)
            now = t
        # What acts at t acts after a spike at t: backward it comes first.
        if t_in == t:
            pre = inputs.neurons[event]
            if now < math.inf:
                out.errors[event] = take(state, cells, fan.inputs[pre], out.fan.inputs[pre])
            event -= 1
        elif t_echo == t:
            pre = own.neurons[echo]
            if now < math.inf:
                at.g[echo] += take(state, cells, fan.own[pre], out.fan.own[pre])
            echo -= 1
        else:
            neuron = own.neurons[spike]
            lv = state.v[neuron]
            threshold = cell_of(cells, sample, neuron).threshold
            state.v[neuron] = lv + (threshold * lv + at.g[spike]) / at.slopes[spike]
            spike -= 1
            now = t


@kernel
def pull_recurrent_batch(
    inputs: Events, own: Events, fan: Fan, cells: Cells, loop: Loop, load: Load, out: Sums
) -> None:
    """`pull_recurrent_sample` for all samples."""
    size = len(cells.tau_mem)
    state = Adjoint(np.empty(size), np.empty(size), np.empty(size))
    for sample in range(len(inputs.offsets) - 1):
        fed, fired = train_of(inputs, sample), train_of(own, sample)
        mine = slice(own.offsets[sample], own.offsets[sample + 1])
        at = Load(load.g[mine], load.slopes[mine])
        here = Sums(out.fan, out.errors[inputs.offsets[sample] : inputs.offsets[sample + 1]])
        fill_all_slopes(fed, fired, fan, cells, sample, loop, state.currents, at.slopes)
        pull_recurrent_sample(fed, fired, fan, cells, sample, loop, at, state, here)


def pull_recurrent(
    inputs: Spikes,
    own: Spikes,
    weights: Floats,
    recurrent: Floats,
    circuits: Circuits,
    g: Floats,
    delay: float = 0.0,
    least_slope: float = LEAST_SLOPE,
) -> RecurrentGradient:
    """Gradients and errors of a recurrent layer; `g` (spikes of `own`,) is dL/dt of each own spike from above, the rest as in `pull`."""
    refuse_misfit(inputs, weights, circuits)
    refuse_loop(recurrent, circuits, delay)
    refuse_loads(own, g)
    fan = fan_of(weights, recurrent)
    out = Sums(Fan(np.zeros_like(fan.inputs), np.zeros_like(fan.own)), np.zeros(len(inputs.times)))
    load = Load(g.astype(np.float64), np.empty(len(own.times)))
    pull_recurrent_batch(events(inputs), events(own), fan, cells(circuits), Loop(delay, least_slope), load, out)
    return RecurrentGradient(out.fan.inputs.T.copy(), out.fan.own.T.copy(), out.errors)
