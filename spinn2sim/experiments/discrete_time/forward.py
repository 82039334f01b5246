"""The forward pass of one sample, step by step."""

from __future__ import annotations

from firmware_models.jit.compiler import kernels_of
from spinn2sim.experiments.discrete_time.recurrent_network import Constants, Floats, Weights
from spinn2sim.experiments.discrete_time.working_memory import ForwardRecord, SampleInput, StepState

kernel = kernels_of(__package__, allocate=True)


@kernel
def add_row(row: Floats, values: Floats) -> None:
    """row += values."""
    for k in range(row.size):
        row[k] += values[k]


@kernel
def forward(c: Constants, w: Weights, sample: SampleInput, t: ForwardRecord, s: StepState) -> None:
    """Run the sample and record it in `t`."""
    hidden, out = w.readout.shape
    s.hidden[:] = 0.0
    s.readout[:] = 0.0
    t.peak[:] = 0.0
    t.peak_step[:] = 0
    t.u[0] = 0.0
    t.at[0] = 0
    t.at[1] = 0
    current, voltage, o_current, o_voltage = s.hidden[0], s.hidden[1], s.readout[0], s.readout[1]
    for i in range(1, sample.steps):
        for j in range(hidden):
            current[j] *= c.alpha
        for k in range(out):
            o_current[k] *= c.alpha
        for event in range(sample.at[i - 1], sample.at[i]):
            add_row(current, w.input[sample.source[event]])
        for event in range(t.at[i - 1], t.at[i]):
            add_row(current, w.recurrent[t.neuron[event]])
            add_row(o_current, w.readout[t.neuron[event]])
        u = t.u[i]
        for j in range(hidden):
            u[j] = c.beta * voltage[j] + (1.0 - c.beta) * current[j]
            voltage[j] = u[j]
        count = t.at[i]
        for j in range(hidden):
            if u[j] > c.threshold:
                t.neuron[count] = j
                t.v_slope[count] = current[j] - u[j]
                voltage[j] = 0.0
                count += 1
        t.at[i + 1] = count
        for k in range(out):
            o_voltage[k] = c.beta * o_voltage[k] + (1.0 - c.beta) * o_current[k]
            if o_voltage[k] > t.peak[k]:
                t.peak[k] = o_voltage[k]
                t.peak_step[k] = i
