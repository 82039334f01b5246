"""One sample through the network, step by step; it never looks at a label."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from spinn2sim.experiments.discrete_time.compile import kernel
from spinn2sim.experiments.discrete_time.network import Constants, Floats, Ints, Weights


class Trace(NamedTuple):
    """What a sample leaves, for its way back. The hidden spikes of step i are [at[i], at[i + 1]) of `neuron` and `slope`."""

    u: Floats  # [steps, hidden], before the reset
    at: Ints  # [steps + 1]
    neuron: Ints
    slope: Floats  # I - U at the spike: tau_mem dV/dt just before it
    peak: Floats  # [out], the maximum of each readout, 0 if it never rose
    peak_step: Ints  # [out], when; 0 if it never rose


class State(NamedTuple):
    """Working memory of one way: currents and voltages, or adjoints."""

    hidden: Floats  # [3, hidden]
    readout: Floats  # [2, out]


def empty_trace(steps: int, hidden: int, out: int) -> Trace:
    """Room for a sample of so many steps."""
    return Trace(
        np.zeros((steps, hidden)),
        np.zeros(steps + 1, np.int64),
        np.zeros(steps * hidden, np.int64),
        np.zeros(steps * hidden),
        np.zeros(out),
        np.zeros(out, np.int64),
    )


@kernel
def add_row(row: Floats, values: Floats) -> None:
    """row += values."""
    for k in range(row.size):
        row[k] += values[k]


@kernel
def forward(c: Constants, w: Weights, steps: int, at: Ints, source: Ints, t: Trace, s: State) -> None:
    """`steps` steps with the input spikes [at[i], at[i + 1]) of `source` in step i. Fills `t`."""
    hidden, out = w.readout.shape
    s.hidden[:] = 0.0
    s.readout[:] = 0.0
    t.peak[:] = 0.0
    t.peak_step[:] = 0
    t.u[0] = 0.0
    t.at[0] = 0
    t.at[1] = 0
    current, voltage, o_current, o_voltage = s.hidden[0], s.hidden[1], s.readout[0], s.readout[1]
    for i in range(1, steps):
        for j in range(hidden):
            current[j] *= c.alpha
        for k in range(out):
            o_current[k] *= c.alpha
        for event in range(at[i - 1], at[i]):
            add_row(current, w.input[source[event]])
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
                t.slope[count] = current[j] - u[j]
                voltage[j] = 0.0
                count += 1
        t.at[i + 1] = count
        for k in range(out):
            o_voltage[k] = c.beta * o_voltage[k] + (1.0 - c.beta) * o_current[k]
            if o_voltage[k] > t.peak[k]:
                t.peak[k] = o_voltage[k]
                t.peak_step[k] = i
