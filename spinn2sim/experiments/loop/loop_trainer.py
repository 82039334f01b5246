"""Training in the loop: forward on a device, gradients and Adam on the host, weights written back to the device."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic

import numpy as np

from spinn2sim.experiments.adam import Adam
from spinn2sim.experiments.continuous.output_losses import first_spikes
from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.experiments.datasets.labelled import LabelledSpikes
from spinn2sim.experiments.devices.device import Device, Floats
from spinn2sim.experiments.devices.observation import ObservationT
from spinn2sim.experiments.estimators.estimate import Estimator, Labels
from spinn2sim.scenario.draws import epoch_order
from spinn2sim.seeds import generator


@dataclass(frozen=True)
class TrainingRecipe:
    """How long and how fast to train. Adam as torch defines it; epoch e = 0, 1, ... has the rate learning_rate * decay^e.

    Two remedies against silence, which has no gradient: `raise_silent` is added per batch to the weights of a neuron that fired in no
    sample of it. In a network of first spikes, `push_label` is added to the weights of a label's neuron, times the share of the batch's
    samples in which it should have fired and was silent. Both decay as the learning rate does.
    `largest_weights`, per layer: weights are clipped to them (what a device can hold); () for no limit.
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
class EpochReport:
    """The state after an epoch: its number from 1, the mean training loss, spikes per sample of each layer that fires, and the weights."""

    epoch: int
    loss: float
    spikes: tuple[float, ...]
    weights: tuple[Floats, ...]


class LoopTrainer(Generic[ObservationT]):
    """One training in the loop; `seed` gives the order of the samples."""

    def __init__(self, device: Device, estimator: Estimator[ObservationT], recipe: TrainingRecipe, seed: int) -> None:
        self.device, self.recipe, self.seed = device, recipe, seed
        self.estimator: Estimator[ObservationT] = estimator

    def train(
        self,
        weights: Sequence[Floats],
        data: LabelledSpikes | Callable[[int], LabelledSpikes],
        report: Callable[[EpochReport], None] | None = None,
    ) -> tuple[Floats, ...]:
        """Train, and return the weights after all epochs; `report` is called after each. An incomplete last batch is dropped.

        `data` may be a function of the epoch (1, 2, ...), for samples that are disturbed anew each time.
        """
        recipe, now = self.recipe, tuple(w.copy() for w in weights)
        adam = Adam(now, recipe.beta2)
        run = 0
        for epoch in range(1, recipe.epochs + 1):
            samples = data(epoch) if callable(data) else data
            order = epoch_order(self.seed, epoch, len(samples.labels))
            decay = recipe.decay ** (epoch - 1)
            losses, spikes = [], []
            for first in range(0, len(order) - recipe.batch + 1, recipe.batch):
                batch = samples.select(order[first : first + recipe.batch])
                observation = self.device.observe(self.estimator.observation_type, batch.spikes, now, run)
                loss, gradients = self.estimator.estimate(
                    self.device.network, observation, batch.spikes, now, batch.labels
                )
                adam.step(recipe.learning_rate * decay, gradients)
                self._adjust(now, observation.spikes, batch.labels, decay)
                losses.append(loss)
                spikes.append([len(s.times) / recipe.batch for s in observation.spikes])
                run += 1
            if report is not None:
                report(EpochReport(epoch, float(np.mean(losses)), tuple(np.mean(spikes, axis=0).tolist()), now))
        return now

    def _adjust(self, weights: tuple[Floats, ...], spikes: tuple[Spikes, ...], labels: Labels, decay: float) -> None:
        """Apply the recipe's remedies against silence, and its largest weights."""
        recipe = self.recipe
        if recipe.raise_silent:
            for matrix, fired in zip(weights, spikes, strict=False):
                matrix[np.bincount(fired.neurons, minlength=fired.size) == 0] += decay * recipe.raise_silent
        if recipe.push_label and len(spikes) == len(weights):
            times, _ = first_spikes(spikes[-1], np.inf)
            silent = labels[np.isinf(times[np.arange(len(labels)), labels])]
            shares = np.bincount(silent, minlength=spikes[-1].size) / len(labels)
            weights[-1][:] += decay * recipe.push_label * shares[:, None]
        for matrix, largest in zip(weights, recipe.largest_weights, strict=False):
            np.clip(matrix, -largest, largest, out=matrix)


def initial_weights(seed: int, sizes: Sequence[int], init: Sequence[tuple[float, float]]) -> tuple[Floats, ...]:
    """Draw the weights (n_out, n_in) of each layer from a normal distribution with the layer's (mean, standard deviation) in `init`."""
    return tuple(
        generator(seed, "weights", k).normal(mean, deviation, (sizes[k + 1], sizes[k]))
        for k, (mean, deviation) in enumerate(init)
    )
