"""Training of a recurrent network on a grid, and its accuracy; Adam, a fixed number of epochs, no choice among them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from spinn2sim.experiments.datasets.labelled import LabelledSpikes
from spinn2sim.experiments.discrete_time.batch import empty_room, empty_sums, run_batch
from spinn2sim.experiments.discrete_time.grid import Grid, on_grid
from spinn2sim.experiments.discrete_time.network import (
    Algorithm,
    Floats,
    Ints,
    Recurrent,
    Weights,
    constants,
    zeros_like,
)
from spinn2sim.mirror.float_optimizer import FloatRule, FloatState, float_update
from spinn2sim.scenario.draws import epoch_order
from spinn2sim.seeds import generator

ADAM = FloatRule(adam=True, weight_decay=0.0, beta1=0.9, beta2=0.999, epsilon=1e-8, momentum=0.0)


@dataclass(frozen=True)
class Plan:
    """How long, how fast, and from where; times in seconds.

    The rate falls from `learning_rate` to 0 along half a cosine. Weights begin normal with mean 0 and the deviations
    `init` of input, recurrent and readout weights. What comes after `longest` is cut; a sample ends `tail` after its last
    input spike.

    What EventProp needs beside its gradient: `raise_silent` is added to the input weights of a neuron that fired in no
    sample of a batch (silence has no gradient); `calm` times the spikes per sample beyond `busiest` is added to the
    gradient of each input weight of a neuron (the rate term of docs/equations.md, its upper half); then the gradient of a
    batch is shortened to `clip_norm`, if that is above 0 and it is longer.
    """

    epochs: int
    batch: int
    learning_rate: float
    init: tuple[float, float, float]
    raise_silent: float = 0.0
    busiest: float = math.inf
    calm: float = 0.0
    clip_norm: float = 0.0
    longest: float = 0.8
    tail: float = 0.05


class Progress(NamedTuple):
    """After an epoch: its number from 1, mean loss and accuracy while it trained, spikes per hidden neuron and sample."""

    epoch: int
    loss: float
    accuracy: float
    spikes: float


class Judged(NamedTuple):
    """Of all samples: share right, mean loss, spikes per hidden neuron and sample, share of hidden neurons that never fired."""

    accuracy: float
    loss: float
    spikes: float
    silent: float


def initial_weights(net: Recurrent, init: tuple[float, float, float], seed: int) -> Weights:
    """Normal with mean 0 and the deviations `init`, one generator each."""
    shapes = (net.n_in, net.n_hidden), (net.n_hidden, net.n_hidden), (net.n_hidden, net.n_out)
    return Weights(*(generator(seed, "weights", k).normal(0.0, init[k], shape) for k, shape in enumerate(shapes)))


def train(
    net: Recurrent,
    algorithm: Algorithm,
    data: LabelledSpikes,
    plan: Plan,
    seed: int,
    after: Callable[[Progress], None] = lambda progress: None,
) -> Weights:
    """The weights after all epochs; `after` is called at the end of each. The last incomplete batch is dropped."""
    weights = initial_weights(net, plan.init, seed)
    training = _Training(net, algorithm, plan, weights, on_grid(data, net.dt, plan.longest, plan.tail))
    for epoch in range(1, plan.epochs + 1):
        after(training.epoch(epoch, epoch_order(seed, epoch, len(data.labels))))
    return weights


def judge(net: Recurrent, weights: Weights, data: LabelledSpikes, plan: Plan) -> Judged:
    """What the network says to samples as they are."""
    grid = on_grid(data, net.dt, plan.longest, plan.tail)
    order, sums = np.arange(len(data.labels)), empty_sums(net)
    room = empty_room(net, int(grid.steps.max()))
    run_batch(constants(net, "surrogate"), weights, grid, order, False, room, sums, weights)
    n = len(order)
    return Judged(
        float(sums.right[0]) / n, float(sums.loss[0]), float(sums.counts.mean()) / n, float((sums.counts == 0).mean())
    )


class _Training:
    """The state of the optimizer, and working memory."""

    def __init__(self, net: Recurrent, algorithm: Algorithm, plan: Plan, weights: Weights, grid: Grid) -> None:
        self.net, self.plan, self.weights, self.grid = net, plan, weights, grid
        self.constants = constants(net, algorithm)
        self.states = [
            FloatState(w.reshape(-1), np.zeros(w.size), np.zeros(w.size), np.zeros(1, np.int64)) for w in weights
        ]
        self.room = empty_room(net, int(grid.steps.max()))

    def epoch(self, epoch: int, order: Ints) -> Progress:
        """All whole batches of the order; one of all samples where there are fewer."""
        plan, net = self.plan, self.net
        rate = plan.learning_rate * 0.5 * (1.0 + math.cos(math.pi * (epoch - 1) / plan.epochs))
        size = min(plan.batch, len(order))
        batches = len(order) // size
        loss, right, spikes = 0.0, 0, 0
        for batch in np.split(order[: batches * size], batches):
            sums, gradient = empty_sums(net), zeros_like(self.weights)
            run_batch(self.constants, self.weights, self.grid, batch, True, self.room, sums, gradient)
            self._shape(gradient, sums.counts / size)
            for state, matrix in zip(self.states, gradient, strict=True):
                float_update(ADAM, rate, matrix.reshape(-1), state)
            self.weights.input[:, sums.counts == 0] += plan.raise_silent
            loss += float(sums.loss[0])
            right += int(sums.right[0])
            spikes += int(sums.counts.sum())
        n = batches * size
        return Progress(epoch, loss / batches, right / n, spikes / n / net.n_hidden)

    def _shape(self, gradient: Weights, rates: Floats) -> None:
        """What a Plan says of the gradient; `rates` (hidden,) are spikes per sample."""
        plan = self.plan
        if plan.calm > 0.0:
            gradient.input[:] += plan.calm * np.maximum(0.0, rates - plan.busiest)
        length = math.sqrt(sum(float(np.square(matrix).sum()) for matrix in gradient))
        if 0.0 < plan.clip_norm < length:
            for matrix in gradient:
                matrix *= plan.clip_norm / length
