"""The arrays that the kernels work on: the input of a sample, the record of its forward pass, and the states of both passes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from spinn2sim.experiments.discrete_time.recurrent_network import Floats, Ints, RecurrentNetwork


class SampleInput(NamedTuple):
    """The input of one sample: the spikes of step i = 0 .. steps - 1 are at[i] .. at[i + 1] - 1 of `source`."""

    steps: int
    at: Ints
    source: Ints


class ForwardRecord(NamedTuple):
    """What the forward pass of a sample records for the backward pass.

    u                [steps, hidden], U before the reset
    at               [steps + 1], the hidden spikes of step i are at[i] .. at[i + 1] - 1 of `neuron` and `v_slope`
    v_slope          I - U at the spike: tau_mem dV/dt just before it
    peak, peak_step  [out], the maximum of each readout and its step, both 0 if it never rose above rest
    """

    u: Floats
    at: Ints
    neuron: Ints
    v_slope: Floats
    peak: Floats
    peak_step: Ints


class StepState(NamedTuple):
    """The state of a pass, currents and voltages or adjoints: `hidden` [3, hidden], `readout` [2, out]."""

    hidden: Floats
    readout: Floats


class WorkingMemory(NamedTuple):
    """All arrays that the kernels need for samples of up to a certain number of steps.

    at           [steps + 1], for SampleInput.at
    peak_errors  [out], dL/dVo of each readout at its maximum
    g            one number per hidden spike
    transposed   [hidden, hidden], the recurrent weights with one row per target
    """

    at: Ints
    record: ForwardRecord
    state: StepState
    peak_errors: Floats
    g: Floats
    transposed: Floats


def empty_record(steps: int, hidden: int, out: int) -> ForwardRecord:
    """Make an empty record for a sample of up to `steps` steps."""
    return ForwardRecord(
        np.zeros((steps, hidden)),
        np.zeros(steps + 1, np.int64),
        np.zeros(steps * hidden, np.int64),
        np.zeros(steps * hidden),
        np.zeros(out),
        np.zeros(out, np.int64),
    )


def empty_memory(net: RecurrentNetwork, steps: int) -> WorkingMemory:
    """Make working memory for samples of up to `steps` steps."""
    return WorkingMemory(
        np.zeros(steps + 1, np.int64),
        empty_record(steps, net.n_hidden, net.n_out),
        StepState(np.zeros((3, net.n_hidden)), np.zeros((2, net.n_out))),
        np.zeros(net.n_out),
        np.zeros(steps * net.n_hidden),
        np.zeros((net.n_hidden, net.n_hidden)),
    )
