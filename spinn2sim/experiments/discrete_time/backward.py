"""The backward pass of one sample, by surrogate gradients or by EventProp; both add to a gradient.

With B = dL/dI, for steps counted down. The readout is linear, so its gradient is exact in the steps:

    a[i] = beta a[i+1] + [i = peak] dL/dVo           b[i] = alpha b[i+1] + (1 - beta) a[i]           dO += b[i+1] z[i]^T

Surrogate (Zenke & Ganguli 2018, doi:10.1162/neco_a_01086: SuperSpike's derivative in back-propagation through time; the
reset is not differentiated):

    G[i] = R^T B[i+1] + O^T b[i+1]                                                          dL/dz
    A[i] = beta (1 - z[i]) A[i+1] + G[i] / (1 + steepness |U[i] - threshold|)^2             dL/dU
    B[i] = alpha B[i+1] + (1 - beta) A[i];           dW += B[i+1] x[i]^T,   dR += B[i+1] z[i]^T

EventProp (Wunderlich & Pehle 2021, discretised as in docs/reference/equations.md; A = -tau_mem lV = dL/dV, B = -tau_syn lI,
r = tau_mem / tau_syn; the layer's own neurons return errors as the readout does; D is v_slope in the code):

    G[i] = R^T (A[i+1] - r B[i+1]) + O^T (a[i+1] - r b[i+1])                -tau_mem dL/dt of a spike in step i
    B[i] = alpha B[i+1] + (1 - alpha) A[i+1] / r
    A[i] = beta A[i+1] + z[i+1] (threshold A[i+1] + G[i+1]) / D[i+1];       dW += B[i] x[i]^T,   dR += B[i] z[i]^T
"""

from __future__ import annotations

from firmware_models.jit.compiler import kernels_of
from spinn2sim.experiments.discrete_time.forward import add_row
from spinn2sim.experiments.discrete_time.recurrent_network import Constants, Weights
from spinn2sim.experiments.discrete_time.working_memory import SampleInput, WorkingMemory

kernel = kernels_of(__package__, allocate=True)


@kernel
def step_readout_back(c: Constants, i: int, memory: WorkingMemory) -> None:
    """One step of the readout, from a[i+1], b[i+1] to a[i], b[i]."""
    a, b = memory.state.readout[0], memory.state.readout[1]
    for k in range(memory.peak_errors.size):
        a[k] *= c.beta
        if memory.record.peak_step[k] == i and i > 0:
            a[k] += memory.peak_errors[k]
        b[k] = c.alpha * b[k] + (1.0 - c.beta) * a[k]


@kernel
def add_surrogate_gradient(c: Constants, w: Weights, sample: SampleInput, memory: WorkingMemory, grad: Weights) -> None:
    """Add the surrogate gradient of a sample to `grad`; `memory` holds its forward record, peak errors and transposed weights."""
    hidden = w.recurrent.shape[0]
    t, s = memory.record, memory.state
    s.hidden[:] = 0.0
    s.readout[:] = 0.0
    a, b, g = s.hidden[0], s.hidden[1], s.hidden[2]
    o_b = s.readout[1]
    for i in range(sample.steps - 1, -1, -1):
        for event in range(sample.at[i], sample.at[i + 1]):
            add_row(grad.input[sample.source[event]], b)
        for event in range(t.at[i], t.at[i + 1]):
            add_row(grad.recurrent[t.neuron[event]], b)
            add_row(grad.readout[t.neuron[event]], o_b)
        for j in range(hidden):
            total = 0.0
            for k in range(o_b.size):
                total += w.readout[j, k] * o_b[k]
            g[j] = total
        for k in range(hidden):
            value, row = b[k], memory.transposed[k]
            for j in range(hidden):
                g[j] += value * row[j]
        for event in range(t.at[i], t.at[i + 1]):
            a[t.neuron[event]] = 0.0
        u = t.u[i]
        for j in range(hidden):
            away = 1.0 + c.steepness * abs(u[j] - c.threshold)
            a[j] = c.beta * a[j] + g[j] / (away * away)
            b[j] = c.alpha * b[j] + (1.0 - c.beta) * a[j]
        step_readout_back(c, i, memory)


@kernel
def add_eventprop_gradient(c: Constants, w: Weights, sample: SampleInput, memory: WorkingMemory, grad: Weights) -> None:
    """Add the EventProp gradient of a sample to `grad`; `memory` holds its forward record and peak errors."""
    hidden = w.recurrent.shape[0]
    t, s, g = memory.record, memory.state, memory.g
    s.hidden[:] = 0.0
    s.readout[:] = 0.0
    a, b, e = s.hidden[0], s.hidden[1], s.hidden[2]
    o_a, o_b = s.readout[0], s.readout[1]
    g[t.at[sample.steps - 1] : t.at[sample.steps]] = 0.0  # a spike of the last step has no effect
    step_readout_back(c, sample.steps - 1, memory)
    for i in range(sample.steps - 2, -1, -1):
        for j in range(hidden):
            e[j] = a[j] - c.ratio * b[j]
        for event in range(t.at[i], t.at[i + 1]):
            j = t.neuron[event]
            total, row = 0.0, w.recurrent[j]
            for k in range(hidden):
                total += row[k] * e[k]
            for k in range(o_a.size):
                total += w.readout[j, k] * (o_a[k] - c.ratio * o_b[k])
            g[event] = total
            add_row(grad.readout[j], o_b)
        for j in range(hidden):
            b[j] = c.alpha * b[j] + (1.0 - c.alpha) / c.ratio * a[j]
        for event in range(t.at[i + 1], t.at[i + 2]):
            e[t.neuron[event]] = (c.threshold * a[t.neuron[event]] + g[event]) / max(t.v_slope[event], c.min_slope)
        for j in range(hidden):
            a[j] *= c.beta
        for event in range(t.at[i + 1], t.at[i + 2]):
            a[t.neuron[event]] += e[t.neuron[event]]
        for event in range(sample.at[i], sample.at[i + 1]):
            add_row(grad.input[sample.source[event]], b)
        for event in range(t.at[i], t.at[i + 1]):
            add_row(grad.recurrent[t.neuron[event]], b)
        step_readout_back(c, i, memory)
