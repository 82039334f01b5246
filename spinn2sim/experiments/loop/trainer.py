"""The loop: forward on a device, gradients on the host, Adam, weights written back; it prints nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic

import numpy as np

from spinn2sim.experiments.continuous.loss import first_spikes
from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.experiments.datasets.latency import select
from spinn2sim.experiments.estimators.estimate import Estimator, Labels, Seen
from spinn2sim.experiments.estimators.eventprop import sampled_peaks
from spinn2sim.experiments.loop.device import Device, Floats
from spinn2sim.experiments.loop.observation import ReadoutObservation, SpikeObservation
from spinn2sim.mirror.float_optimizer import FloatRule, FloatState, float_update
from spinn2sim.scenario.draws import epoch_order
from spinn2sim.seeds import generator

EVALUATION = 500  # samples of one call; the answer does not depend on it


@dataclass(frozen=True)
class Examples:
    """Input spikes and their classes."""

    inputs: Spikes
    labels: Labels

    def take(self, samples: Labels) -> Examples:
        """Some of them."""
        return Examples(select(self.inputs, samples), self.labels[samples])


@dataclass(frozen=True)
class Plan:
    """How long and how fast. Adam as torch defines it; epoch e = 0, 1, ... has the rate learning_rate * decay^e.

    Guards against silence, for which there is no gradient: `raise_silent` is added per batch to the weights of a neuron that fired in no
    sample of it; `push_label`, in a network of first spikes, to the weights of a label's neuron, times the share of the batch's samples in
    which it should have fired and was silent. Both decay as the learning rate does.
    `largest_weights`, per layer: weights are kept within them (what a device can hold); () for no limit.
    """

    epochs: int
    batch: int
    learning_rate: float
    decay: float = 1.0
    beta2: float = 0.999
    raise_silent: float = 0.0
    push_label: float = 0.0
    largest_weights: tuple[float, ...] = ()


@dataclass(frozen=True)
class Progress:
    """After an epoch: its number from 1, the mean training loss, and spikes per sample of each layer that fires."""

    epoch: int
    loss: float
    spikes: tuple[float, ...]
    weights: tuple[Floats, ...]


@dataclass(frozen=True)
class Judged:
    """Shares of samples. A sample whose label neuron is silent (or whose scores are all alike) is wrong."""

    accuracy: float
    accuracy_strict: float
    silent_label: float
    spikes: tuple[float, ...]


class Loop(Generic[Seen]):
    """One training; `seed` gives the order of the samples."""

    def __init__(self, device: Device, estimator: Estimator[Seen], plan: Plan, seed: int) -> None:
        self.device, self.plan, self.seed = device, plan, seed
        self.estimator: Estimator[Seen] = estimator

    def train(
        self,
        weights: Sequence[Floats],
        examples: Examples | Callable[[int], Examples],
        after: Callable[[Progress], None] | None = None,
    ) -> tuple[Floats, ...]:
        """The weights after all epochs; `after` is called at the end of each. The last incomplete batch is dropped.

        `examples` may be a function of the epoch (1, 2, ...), for samples that are disturbed anew each time.
        """
        plan, now = self.plan, tuple(w.copy() for w in weights)
        states = [FloatState(w.reshape(-1), np.zeros(w.size), np.zeros(w.size), np.zeros(1, np.int64)) for w in now]
        rule = FloatRule(True, 0.0, 0.9, plan.beta2, 1e-8, 0.0)
        run = 0
        for epoch in range(1, plan.epochs + 1):
            these = examples(epoch) if callable(examples) else examples
            order = epoch_order(self.seed, epoch, len(these.labels))
            losses, spikes = [], []
            for first in range(0, len(order) - plan.batch + 1, plan.batch):
                batch = these.take(order[first : first + plan.batch])
                seen = self.device.observe(self.estimator.sees, batch.inputs, now, run)
                loss, gradients = self.estimator.estimate(self.device.network, seen, batch.inputs, now, batch.labels)
                for state, gradient in zip(states, gradients, strict=True):
                    float_update(rule, plan.learning_rate * plan.decay ** (epoch - 1), gradient.reshape(-1), state)
                self._guard(now, seen.spikes, batch.labels, plan.decay ** (epoch - 1))
                losses.append(loss)
                spikes.append([len(s.times) / plan.batch for s in seen.spikes])
                run += 1
            if after is not None:
                after(Progress(epoch, float(np.mean(losses)), tuple(np.mean(spikes, axis=0).tolist()), now))
        return now

    def _guard(self, weights: tuple[Floats, ...], spikes: tuple[Spikes, ...], labels: Labels, decay: float) -> None:
        plan = self.plan
        if plan.raise_silent:
            for matrix, fired in zip(weights, spikes, strict=False):
                matrix[np.bincount(fired.neurons, minlength=fired.size) == 0] += decay * plan.raise_silent
        if plan.push_label and len(spikes) == len(weights):
            times, _ = first_spikes(spikes[-1], np.inf)
            silent = labels[np.isinf(times[np.arange(len(labels)), labels])]
            shares = np.bincount(silent, minlength=spikes[-1].size) / len(labels)
            weights[-1][:] += decay * plan.push_label * shares[:, None]
        for matrix, largest in zip(weights, plan.largest_weights, strict=False):
            np.clip(matrix, -largest, largest, out=matrix)


def judge(device: Device, weights: Sequence[Floats], examples: Examples, run: int = -1) -> Judged:
    """What the device itself says to `examples`; runs of a judgement have negative numbers, so none had them in training."""
    right, strict, silent = [], [], []
    counts = np.zeros(sum(device.network.fires))
    n = len(examples.labels)
    for first in range(0, n, EVALUATION):
        part = examples.take(np.arange(first, min(first + EVALUATION, n)))
        scores, spikes = scores_of(device, weights, part.inputs, run - first)
        own = scores[np.arange(len(scores)), part.labels]
        heard = np.isfinite(own) & (scores.max(axis=1) > scores.min(axis=1))
        right.append(heard & (scores.argmax(axis=1) == part.labels))
        strict.append(heard & ((scores >= own[:, None]).sum(axis=1) == 1))
        silent.append(~heard)
        counts += [len(s.times) for s in spikes]
    share = [float(np.concatenate(each).mean()) for each in (right, strict, silent)]
    return Judged(share[0], share[1], share[2], tuple((counts / n).tolist()))


def scores_of(device: Device, weights: Sequence[Floats], inputs: Spikes, run: int) -> tuple[Floats, tuple[Spikes, ...]]:
    """Scores (samples, classes), the highest wins: minus the first spike time (-inf: silent), or the readout's highest sample."""
    if device.network.readout == "max_voltage":
        seen = device.observe(ReadoutObservation, inputs, weights, run)
        return sampled_peaks(seen).values, seen.spikes
    fired = device.observe(SpikeObservation, inputs, weights, run)
    return -first_spikes(fired.spikes[-1], np.inf)[0], fired.spikes


def initial_weights(seed: int, sizes: Sequence[int], init: Sequence[tuple[float, float]]) -> tuple[Floats, ...]:
    """Normal with (mean, standard deviation) per layer: (n_out, n_in) each."""
    return tuple(
        generator(seed, "weights", k).normal(mean, deviation, (sizes[k + 1], sizes[k]))
        for k, (mean, deviation) in enumerate(init)
    )
