"""The loss of a batch, its correct answers and its spike counts, and the sum of the gradients of its samples."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from firmware_models.jit.compiler import kernels_of
from spinn2sim.experiments.discrete_time.backward import add_eventprop_gradient, add_surrogate_gradient
from spinn2sim.experiments.discrete_time.forward import forward
from spinn2sim.experiments.discrete_time.recurrent_network import Constants, Floats, Ints, RecurrentNetwork, Weights
from spinn2sim.experiments.discrete_time.time_grid import GridSpikes
from spinn2sim.experiments.discrete_time.working_memory import ForwardRecord, SampleInput, WorkingMemory

kernel = kernels_of(__package__, allocate=True)


class BatchTotals(NamedTuple):
    """Totals over a batch: `loss` [1], the number of samples that are `right` [1], and the spike `counts` [hidden]."""

    loss: Floats
    right: Ints
    counts: Ints


def empty_totals(net: RecurrentNetwork) -> BatchTotals:
    """Make totals of zero."""
    return BatchTotals(np.zeros(1), np.zeros(1, np.int64), np.zeros(net.n_hidden, np.int64))


@kernel
def add_max_over_time_loss(label: int, batch: int, t: ForwardRecord, peak_errors: Floats, totals: BatchTotals) -> None:
    """Add the cross-entropy of the softmax of the peaks, divided by `batch`, and compute dL/dVo of each peak.

    A sample in which no readout ever rose above rest counts as wrong.
    """
    highest, best = t.peak[0], 0
    for k in range(1, t.peak.size):
        if t.peak[k] > highest:
            highest, best = t.peak[k], k
    total = 0.0
    for k in range(t.peak.size):
        peak_errors[k] = math.exp(t.peak[k] - highest)
        total += peak_errors[k]
    totals.loss[0] += (math.log(total) - (t.peak[label] - highest)) / batch
    totals.right[0] += best == label and highest > 0.0
    for k in range(t.peak.size):
        peak_errors[k] = (peak_errors[k] / total - (k == label)) / batch


@kernel
def sample_input(grid: GridSpikes, sample: int, at: Ints) -> SampleInput:
    """Return the input of one sample; `at` is filled with the index of each step's first spike."""
    steps, event, last = grid.steps[sample], grid.offsets[sample], grid.offsets[sample + 1]
    first = event
    for i in range(steps):
        at[i] = event - first
        while event < last and grid.step[event] == i:
            event += 1
    at[steps] = event - first
    return SampleInput(steps, at, grid.source[first:last])


@kernel
def run_batch(
    c: Constants,
    w: Weights,
    grid: GridSpikes,
    order: Ints,
    train: bool,
    memory: WorkingMemory,
    totals: BatchTotals,
    grad: Weights,
) -> None:
    """Run the samples `order`: add to `totals` and, if `train`, to the gradient `grad`."""
    if c.surrogate and train:
        for j in range(w.recurrent.shape[0]):
            for k in range(w.recurrent.shape[0]):
                memory.transposed[k, j] = w.recurrent[j, k]
    for row in range(order.size):
        sample = sample_input(grid, order[row], memory.at)
        forward(c, w, sample, memory.record, memory.state)
        add_max_over_time_loss(grid.labels[order[row]], order.size, memory.record, memory.peak_errors, totals)
        for k in range(memory.record.at[sample.steps]):
            totals.counts[memory.record.neuron[k]] += 1
        if not train:
            continue
        if c.surrogate:
            add_surrogate_gradient(c, w, sample, memory, grad)
        else:
            add_eventprop_gradient(c, w, sample, memory, grad)
