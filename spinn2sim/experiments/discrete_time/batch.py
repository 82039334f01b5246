"""Samples one after the other: loss, what was right, and the sum of their gradients; it never moves a weight."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from spinn2sim.experiments.discrete_time.backward import eventprop_back, surrogate_back
from spinn2sim.experiments.discrete_time.compile import kernel
from spinn2sim.experiments.discrete_time.forward import State, Trace, empty_trace, forward
from spinn2sim.experiments.discrete_time.grid import Grid
from spinn2sim.experiments.discrete_time.network import Constants, Floats, Ints, Recurrent, Weights


class Room(NamedTuple):
    """Working memory, for samples up to a number of steps."""

    at: Ints  # [steps + 1]
    trace: Trace
    state: State
    pull: Floats  # [out]
    g: Floats  # a number per hidden spike
    back: Floats  # [hidden, hidden]


class Sums(NamedTuple):
    """What a batch adds up to."""

    loss: Floats  # [1]
    right: Ints  # [1]
    counts: Ints  # [hidden], spikes


def empty_room(net: Recurrent, steps: int) -> Room:
    """For samples of at most `steps` steps."""
    return Room(
        np.zeros(steps + 1, np.int64),
        empty_trace(steps, net.n_hidden, net.n_out),
        State(np.zeros((3, net.n_hidden)), np.zeros((2, net.n_out))),
        np.zeros(net.n_out),
        np.zeros(steps * net.n_hidden),
        np.zeros((net.n_hidden, net.n_hidden)),
    )


def empty_sums(net: Recurrent) -> Sums:
    """Zeros."""
    return Sums(np.zeros(1), np.zeros(1, np.int64), np.zeros(net.n_hidden, np.int64))


@kernel
def score(label: int, batch: int, t: Trace, pull: Floats, sums: Sums) -> None:
    """Cross-entropy of the softmax of the peaks, mean over `batch`: adds the loss, writes dL/dVo of each peak.

    A sample in which no readout ever rose is wrong.
    """
    highest, best = t.peak[0], 0
    for k in range(1, t.peak.size):
        if t.peak[k] > highest:
            highest, best = t.peak[k], k
    total = 0.0
    for k in range(t.peak.size):
        pull[k] = math.exp(t.peak[k] - highest)
        total += pull[k]
    sums.loss[0] += (math.log(total) - (t.peak[label] - highest)) / batch
    sums.right[0] += best == label and highest > 0.0
    for k in range(t.peak.size):
        pull[k] = (pull[k] / total - (k == label)) / batch


@kernel
def run_batch(
    c: Constants, w: Weights, grid: Grid, order: Ints, train: bool, room: Room, sums: Sums, grad: Weights
) -> None:
    """The samples `order`, gradients (if `train`) and sums added to `grad` and `sums`."""
    if c.surrogate and train:
        for j in range(w.recurrent.shape[0]):
            for k in range(w.recurrent.shape[0]):
                room.back[k, j] = w.recurrent[j, k]
    for row in range(order.size):
        sample = order[row]
        steps, event, last = grid.steps[sample], grid.offsets[sample], grid.offsets[sample + 1]
        source = grid.source[event:last]
        first = event
        for i in range(steps):
            room.at[i] = event - first
            while event < last and grid.step[event] == i:
                event += 1
        room.at[steps] = event - first
        forward(c, w, steps, room.at, source, room.trace, room.state)
        score(grid.labels[sample], order.size, room.trace, room.pull, sums)
        for k in range(room.trace.at[steps]):
            sums.counts[room.trace.neuron[k]] += 1
        if not train:
            continue
        if c.surrogate:
            surrogate_back(c, w, room.back, steps, room.at, source, room.pull, room.trace, room.state, grad)
        else:
            eventprop_back(c, w, steps, room.at, source, room.pull, room.trace, room.state, room.g, grad)
