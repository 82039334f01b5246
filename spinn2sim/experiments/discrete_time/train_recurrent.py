"""Trains a recurrent network on a time grid with Adam for a fixed number of epochs, and evaluates it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from spinn2sim.experiments.adam import Adam
from spinn2sim.experiments.datasets.labelled import LabelledSpikes
from spinn2sim.experiments.discrete_time.batch_gradient import empty_totals, run_batch
from spinn2sim.experiments.discrete_time.recurrent_network import (
    Algorithm,
    Floats,
    Ints,
    RecurrentNetwork,
    Weights,
    constants,
    zeros_like,
)
from spinn2sim.experiments.discrete_time.time_grid import GridSpikes, to_grid
from spinn2sim.experiments.discrete_time.working_memory import empty_memory
from spinn2sim.scenario.draws import epoch_order
from spinn2sim.seeds import generator


@dataclass(frozen=True)
class RecurrentRecipe:
    """How long and how fast to train, and from which weights; times in seconds.

    The rate falls from `learning_rate` to 0 along half a cosine. Initial weights are normal with mean 0 and the deviations
    `init` of input, recurrent and readout weights. Spikes after `max_time` are dropped; a sample ends `tail` after its last
    input spike.

    EventProp needs three remedies. `raise_silent` is added to the input weights of a neuron that fired in no sample of a batch, since
    silence has no gradient. `rate_penalty` times the spikes per sample beyond `rate_limit` is added to the gradient of each input weight
    of a neuron (the upper half of the rate term of docs/reference/equations.md). Then, if `clip_norm` is above 0, the gradient of a batch
    is scaled down to that norm if it is longer.
    """

    epochs: int
    batch: int
    learning_rate: float
    init: tuple[float, float, float]
    raise_silent: float = 0.0
    rate_limit: float = math.inf
    rate_penalty: float = 0.0
    clip_norm: float = 0.0
    max_time: float = 0.8
    tail: float = 0.05


class RecurrentEpochReport(NamedTuple):
    """The figures of one epoch of training: its number from 1, mean loss, accuracy, and spikes per hidden neuron and sample."""

    epoch: int
    loss: float
    accuracy: float
    spikes: float


class RecurrentEvaluation(NamedTuple):
    """Accuracy, mean loss, spikes per hidden neuron and sample, and the share of hidden neurons that never fired."""

    accuracy: float
    loss: float
    spikes: float
    silent: float


def initial_weights(net: RecurrentNetwork, init: tuple[float, float, float], seed: int) -> Weights:
    """Draw normal weights with mean 0 and the deviations `init`; each matrix has its own random generator."""
    shapes = (net.n_in, net.n_hidden), (net.n_hidden, net.n_hidden), (net.n_hidden, net.n_out)
    return Weights(*(generator(seed, "weights", k).normal(0.0, init[k], shape) for k, shape in enumerate(shapes)))


def train(
    net: RecurrentNetwork,
    algorithm: Algorithm,
    data: LabelledSpikes,
    recipe: RecurrentRecipe,
    seed: int,
    report: Callable[[RecurrentEpochReport], None] = lambda epoch: None,
) -> Weights:
    """Train, and return the weights after all epochs; `report` is called after each. An incomplete last batch is dropped."""
    weights = initial_weights(net, recipe.init, seed)
    training = _Training(net, algorithm, recipe, weights, to_grid(data, net.dt, recipe.max_time, recipe.tail))
    for epoch in range(1, recipe.epochs + 1):
        report(training.run_epoch(epoch, epoch_order(seed, epoch, len(data.labels))))
    return weights


def evaluate(
    net: RecurrentNetwork, weights: Weights, data: LabelledSpikes, recipe: RecurrentRecipe
) -> RecurrentEvaluation:
    """Classify all samples of `data` with the network."""
    grid = to_grid(data, net.dt, recipe.max_time, recipe.tail)
    order, totals = np.arange(len(data.labels)), empty_totals(net)
    memory = empty_memory(net, int(grid.steps.max()))
    run_batch(constants(net, "surrogate"), weights, grid, order, False, memory, totals, weights)
    n = len(order)
    return RecurrentEvaluation(
        float(totals.right[0]) / n,
        float(totals.loss[0]),
        float(totals.counts.mean()) / n,
        float((totals.counts == 0).mean()),
    )


class _Training:
    """The state of a training: the weights, their optimizer, and working memory."""

    def __init__(
        self, net: RecurrentNetwork, algorithm: Algorithm, recipe: RecurrentRecipe, weights: Weights, grid: GridSpikes
    ) -> None:
        self.net, self.recipe, self.weights, self.grid = net, recipe, weights, grid
        self.constants = constants(net, algorithm)
        self.adam = Adam(weights)
        self.memory = empty_memory(net, int(grid.steps.max()))

    def run_epoch(self, epoch: int, order: Ints) -> RecurrentEpochReport:
        """Train on all whole batches of `order`, or, if there are too few samples for one, on a single batch of them all."""
        recipe, net = self.recipe, self.net
        rate = recipe.learning_rate * 0.5 * (1.0 + math.cos(math.pi * (epoch - 1) / recipe.epochs))
        size = min(recipe.batch, len(order))
        batches = len(order) // size
        loss, right, spikes = 0.0, 0, 0
        for batch in np.split(order[: batches * size], batches):
            totals, gradient = empty_totals(net), zeros_like(self.weights)
            run_batch(self.constants, self.weights, self.grid, batch, True, self.memory, totals, gradient)
            self._regularise(gradient, totals.counts / size)
            self.adam.step(rate, gradient)
            self.weights.input[:, totals.counts == 0] += recipe.raise_silent
            loss += float(totals.loss[0])
            right += int(totals.right[0])
            spikes += int(totals.counts.sum())
        n = batches * size
        return RecurrentEpochReport(epoch, loss / batches, right / n, spikes / n / net.n_hidden)

    def _regularise(self, gradient: Weights, rates: Floats) -> None:
        """Apply the recipe's rate penalty and clip the gradient; `rates` (hidden,) are spikes per sample."""
        recipe = self.recipe
        if recipe.rate_penalty > 0.0:
            gradient.input[:] += recipe.rate_penalty * np.maximum(0.0, rates - recipe.rate_limit)
        length = math.sqrt(sum(float(np.square(matrix).sum()) for matrix in gradient))
        if 0.0 < recipe.clip_norm < length:
            for matrix in gradient:
                matrix *= recipe.clip_norm / length
