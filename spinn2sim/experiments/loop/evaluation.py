"""Evaluation of weights on a device: accuracy, silent labels, and spikes, by the output of the device itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spinn2sim.experiments.continuous.output_losses import first_spikes
from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.experiments.datasets.labelled import LabelledSpikes
from spinn2sim.experiments.devices.device import Device, Floats
from spinn2sim.experiments.devices.observation import ReadoutObservation, SpikeObservation
from spinn2sim.experiments.estimators.eventprop import sampled_peaks

EVALUATION_BATCH = 500  # samples that are observed at once; the result does not depend on it


@dataclass(frozen=True)
class Evaluation:
    """Shares of samples, and spikes per sample of each layer that fires.

    A sample counts as wrong if its label neuron is silent or all scores are equal. For `accuracy_strict`, a tie for the highest score is
    wrong, too.
    """

    accuracy: float
    accuracy_strict: float
    silent_label: float
    spikes: tuple[float, ...]


def evaluate(device: Device, weights: Sequence[Floats], data: LabelledSpikes, run: int = -1) -> Evaluation:
    """Classify `data` by the output of the device. Evaluations number their runs below 0, trainings from 0 on."""
    right, strict, silent = [], [], []
    counts = np.zeros(sum(device.network.fires))
    n = len(data.labels)
    for first in range(0, n, EVALUATION_BATCH):
        part = data.select(np.arange(first, min(first + EVALUATION_BATCH, n)))
        scores, spikes = output_scores(device, weights, part.spikes, run - first)
        own = scores[np.arange(len(scores)), part.labels]
        answered = np.isfinite(own) & (scores.max(axis=1) > scores.min(axis=1))
        right.append(answered & (scores.argmax(axis=1) == part.labels))
        strict.append(answered & ((scores >= own[:, None]).sum(axis=1) == 1))
        silent.append(~answered)
        counts += [len(s.times) for s in spikes]
    share = [float(np.concatenate(each).mean()) for each in (right, strict, silent)]
    return Evaluation(share[0], share[1], share[2], tuple((counts / n).tolist()))


def output_scores(
    device: Device, weights: Sequence[Floats], inputs: Spikes, run: int
) -> tuple[Floats, tuple[Spikes, ...]]:
    """Return scores (samples, classes), of which the highest wins, and the observed spikes.

    A score is minus the first spike time (-inf: silent), or the highest sample of a readout.
    """
    if device.network.readout == "max_voltage":
        readout = device.observe(ReadoutObservation, inputs, weights, run)
        return sampled_peaks(readout).values, readout.spikes
    fired = device.observe(SpikeObservation, inputs, weights, run)
    return -first_spikes(fired.spikes[-1], np.inf)[0], fired.spikes
