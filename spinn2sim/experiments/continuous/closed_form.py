"""First-spike times in closed form and their derivatives, for tau_mem = tau_syn and tau_mem = 2 tau_syn; no adjoint, no search for a root.

Goeltz et al. 2021 (doi:10.1038/s42256-021-00388-x), methods, for V without unit and rest at 0. With sums over the inputs before the spike

    tau_mem = tau_syn    a = sum w_i e^(t_i/tau), b = sum w_i t_i/tau e^(t_i/tau):    t/tau = b/a - W(z),   z = -threshold/a e^(b/a)
                         dt/dw_i = -(t - t_i) e^(t_i/tau) / (a (1 + W))
                         dt/dt_i = -w_i (t - t_i - tau)/tau e^(t_i/tau) / (a (1 + W))
    tau_mem = 2 tau_syn  a_1 = sum w_i e^(t_i/tau_syn), a_2 = sum w_i e^(t_i/tau_mem), r^2 = a_2^2 - 4 a_1 threshold:
                         t = tau_mem ln(2 a_1/(a_2 + r))
                         dt/dw_i = tau_mem (q e^(t_i/tau_syn) - e^(t_i/tau_mem)/r),   q = (1 + threshold/r e^(t/tau_mem))/a_1
                         dt/dt_i = w_i (2 q e^(t_i/tau_syn) - e^(t_i/tau_mem)/r)

As the authors do for their hardware, the derivatives take the spike time t that was observed, and the sums the host's weights. Times are
counted from the last input before the spike, so that no power of e is large. Where the believed constants and weights say that the neuron
cannot have fired (a or a_1 not positive, z below -1/e, r^2 negative), there is no gradient.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from spinn2sim.experiments.continuous.adjoint import Gradient
from spinn2sim.experiments.continuous.compile import kernel
from spinn2sim.experiments.continuous.events import (
    Cell,
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
from spinn2sim.experiments.continuous.lambert import lambert_w
from spinn2sim.experiments.continuous.layers import Circuits, Floats
from spinn2sim.experiments.continuous.spikes import Spikes

REFUSAL = "first spikes have a closed form for tau_mem = tau_syn and tau_mem = 2 tau_syn alone"
NEARLY = 1e-9  # how far tau_mem/tau_syn may be from 1 or 2


def known(tau_mem: Floats | float, tau_syn: Floats | float) -> bool:
    """Whether all circuits have tau_mem = tau_syn or tau_mem = 2 tau_syn."""
    ratio = np.asarray(tau_mem) / np.asarray(tau_syn)
    return bool(((np.abs(ratio - 1.0) <= NEARLY) | (np.abs(ratio - 2.0) <= NEARLY)).all())


@kernel
def sum_equal(inputs: Train, causal: int, weights: Floats, tau: float) -> tuple[float, float]:
    """a, b of the first `causal` inputs; times from the last of them."""
    a, b = 0.0, 0.0
    for k in range(causal):
        t = (inputs.times[k] - inputs.times[causal - 1]) / tau
        term = weights[inputs.neurons[k]] * math.exp(t)
        a += term
        b += term * t
    return a, b


@kernel
def sum_double(inputs: Train, causal: int, weights: Floats, cell: Cell) -> tuple[float, float]:
    """a_1, a_2 of the first `causal` inputs; times from the last of them."""
    a_1, a_2 = 0.0, 0.0
    for k in range(causal):
        t = inputs.times[k] - inputs.times[causal - 1]
        weight = weights[inputs.neurons[k]]
        a_1 += weight * math.exp(t / cell.tau_syn)
        a_2 += weight * math.exp(t / cell.tau_mem)
    return a_1, a_2


@kernel
def is_equal(cell: Cell) -> bool:
    """Whether the circuit has tau_mem = tau_syn; else it has tau_mem = 2 tau_syn."""
    return cell.tau_mem < 1.5 * cell.tau_syn


@kernel
def time_after(inputs: Train, causal: int, weights: Floats, cell: Cell) -> float:
    """The spike time that the first `causal` inputs alone would give, from the last of them; inf or nan if none."""
    if is_equal(cell):
        a, b = sum_equal(inputs, causal, weights, cell.tau_mem)
        if a <= 0.0:
            return math.inf
        return cell.tau_mem * (b / a - lambert_w(-cell.threshold / a * math.exp(b / a)))
    a_1, a_2 = sum_double(inputs, causal, weights, cell)
    square = a_2 * a_2 - 4.0 * a_1 * cell.threshold
    if a_1 <= 0.0 or square < 0.0:
        return math.inf
    return cell.tau_mem * math.log(2.0 * a_1 / (a_2 + math.sqrt(square)))


@kernel
def first_spike(inputs: Train, weights: Floats, cell: Cell, t_end: float) -> float:
    """The first spike time of one neuron, or inf: the first set of inputs whose spike comes before the next input."""
    for causal in range(1, len(inputs.times) + 1):
        start: float = inputs.times[causal - 1]
        until = inputs.times[causal] if causal < len(inputs.times) else t_end
        wait = time_after(inputs, causal, weights, cell)
        if 0.0 <= wait <= until - start and start + wait < t_end:
            return start + wait
    return math.inf


@kernel
def first_batch(inputs: Events, weights: Floats, cells: Cells, t_end: float, out: Floats) -> None:
    """`first_spike` for all neurons of all samples: out (samples, neurons)."""
    for sample in range(len(out)):
        for neuron in range(len(weights)):
            cell = cell_of(cells, sample, neuron)
            out[sample, neuron] = first_spike(train_of(inputs, sample), weights[neuron], cell, t_end)


def first_spike_times(inputs: Spikes, weights: Floats, circuits: Circuits, t_end: float) -> Floats:
    """First spike times before `t_end` (seconds), (samples, neurons), inf where there is none; weights (n_out, n_in).

    Raises ValueError for circuits that have no closed form.
    """
    refuse_misfit(inputs, weights, circuits)
    if not known(circuits.tau_mem, circuits.tau_syn):
        raise ValueError(REFUSAL)
    out = np.empty((inputs.samples, circuits.size))
    first_batch(events(inputs), weights, cells(circuits), t_end, out)
    return out


class Terms(NamedTuple):
    """Derivatives of one spike time with respect to each input that came before it: its weight, its time."""

    dw: Floats
    dt: Floats


@kernel
def fill_equal(inputs: Train, causal: int, weights: Floats, cell: Cell, t: float, out: Terms) -> bool:
    """The terms of a spike seen at `t` for tau_mem = tau_syn; False where there are none."""
    tau, last = cell.tau_mem, inputs.times[causal - 1]
    a, b = sum_equal(inputs, causal, weights, tau)
    grown = 1.0 + lambert_w(-cell.threshold / a * math.exp(b / a)) if a > 0.0 else 0.0
    if not grown > 0.0:
        return False
    for k in range(causal):
        share = math.exp((inputs.times[k] - last) / tau) / (a * grown)
        out.dw[k] = -(t - inputs.times[k]) * share
        out.dt[k] = -weights[inputs.neurons[k]] * (t - inputs.times[k] - tau) / tau * share
    return True


@kernel
def fill_double(inputs: Train, causal: int, weights: Floats, cell: Cell, t: float, out: Terms) -> bool:
    """The same for tau_mem = 2 tau_syn."""
    last = inputs.times[causal - 1]
    a_1, a_2 = sum_double(inputs, causal, weights, cell)
    square = a_2 * a_2 - 4.0 * a_1 * cell.threshold
    if not (a_1 > 0.0 and square > 0.0):
        return False
    root = math.sqrt(square)
    q = (1.0 + cell.threshold / root * math.exp((t - last) / cell.tau_mem)) / a_1
    for k in range(causal):
        wait = inputs.times[k] - last
        synaptic, membrane = q * math.exp(wait / cell.tau_syn), math.exp(wait / cell.tau_mem) / root
        out.dw[k] = cell.tau_mem * (synaptic - membrane)
        out.dt[k] = weights[inputs.neurons[k]] * (2.0 * synaptic - membrane)
    return True


@kernel
def fill_terms(inputs: Train, weights: Floats, cell: Cell, t: float, out: Terms) -> int:
    """The terms of all inputs before a spike seen at `t`; how many there are, 0 where there is no derivative."""
    causal = int(np.searchsorted(inputs.times, t))
    if causal == 0:
        return 0
    if is_equal(cell):
        found = fill_equal(inputs, causal, weights, cell, t, out)
    else:
        found = fill_double(inputs, causal, weights, cell, t, out)
    return causal if found else 0


@kernel
def pull_first_batch(
    inputs: Events, own: Events, weights: Floats, cells: Cells, g: Floats, largest: float, out: Gradient
) -> None:
    """The first spike of each neuron of each sample: adds to its row of weights, and to the errors of the inputs before it."""
    terms = Terms(np.empty(len(inputs.times)), np.empty(len(inputs.times)))
    fired = np.empty(len(weights), np.bool_)
    for sample in range(len(inputs.offsets) - 1):
        fed, errors = train_of(inputs, sample), out.errors[inputs.offsets[sample] : inputs.offsets[sample + 1]]
        fired[:] = False
        for spike in range(own.offsets[sample], own.offsets[sample + 1]):
            neuron = own.neurons[spike]
            if fired[neuron]:
                continue
            fired[neuron] = True
            cell = cell_of(cells, sample, neuron)
            causal = fill_terms(fed, weights[neuron], cell, own.times[spike], terms)
            steep = causal > 0 and abs(g[spike]) * np.abs(terms.dw[:causal]).max() > largest
            for k in range(causal):
                errors[k] += g[spike] * terms.dt[k]
                if not steep:
                    out.weights[neuron, fed.neurons[k]] += g[spike] * terms.dw[k]


def pull_first(
    inputs: Spikes, own: Spikes, weights: Floats, circuits: Circuits, g: Floats, largest: float = math.inf
) -> Gradient:
    """Weight gradient and errors of a layer by the first spike of each neuron; later spikes of it get none.

    `g` (spikes of `own`,) is dL/dt of each own spike. A neuron that hardly fired has a derivative without bound: where it gives a weight a
    gradient above `largest`, it gives none to its weights in that sample (the authors' code: max_dw_norm).
    Raises ValueError for circuits that have no closed form.
    """
    refuse_misfit(inputs, weights, circuits)
    if not known(circuits.tau_mem, circuits.tau_syn):
        raise ValueError(REFUSAL)
    refuse_loads(own, g)
    out = Gradient(np.zeros(weights.shape), np.zeros(len(inputs.times)))
    pull_first_batch(events(inputs), events(own), weights, cells(circuits), g, largest, out)
    return out
