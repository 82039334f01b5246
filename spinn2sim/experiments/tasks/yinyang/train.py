"""One training on Yin-Yang: published splits, the validation split watched, the test split read once at the end; it chooses no epoch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from spinn2sim.experiments.datasets.latency import latencies
from spinn2sim.experiments.loop.device import Device, Floats
from spinn2sim.experiments.loop.ideal import Ideal
from spinn2sim.experiments.loop.trainer import Examples, Judged, Loop, Progress, initial_weights, judge, scores_of
from spinn2sim.experiments.substrate.device import Substrate
from spinn2sim.experiments.tasks.yinyang.row import Encoding, Row
from spinn2sim.scenario.data import yinyang

TRAIN, VALIDATION, TEST = (5000, 42), (1000, 41), (1000, 40)  # samples and seed of the published splits


@dataclass(frozen=True)
class Trained:
    """validation: accuracy after each epoch; test: of the weights after the last one."""

    weights: tuple[Floats, ...]
    losses: Sequence[float]
    validation: Sequence[float]
    test: Judged


def examples(split: tuple[int, int], encoding: Encoding) -> Examples:
    """A split as spikes."""
    values, labels = yinyang.generate(*split)
    return Examples(latencies(values, encoding.t_first, encoding.t_last, encoding.bias), labels)


def device_of(row: Row, seed: int) -> Device:
    """The row's device; a substrate has the seed for its chip's number."""
    return Substrate(row.network, row.substrate, seed) if row.substrate else Ideal(row.network, row.sampling)


def train(row: Row, seed: int, samples: int = TRAIN[0], every: int = 1, tell: Callable[[str], Any] = str) -> Trained:
    """Train a row; `seed` gives weights, order and chip. Validation is looked at after each `every`-th epoch and after the last."""
    device, validation = device_of(row, seed), examples(VALIDATION, row.encoding)
    losses: list[float] = []
    seen: list[float] = []

    def after(progress: Progress) -> None:
        losses.append(progress.loss)
        if progress.epoch % every == 0 or progress.epoch == row.plan.epochs:
            seen.append(judge(device, progress.weights, validation).accuracy)
            tell(f"epoch {progress.epoch}/{row.plan.epochs}, validation {100 * seen[-1]:.1f} %")

    loop: Loop[Any] = Loop(device, row.estimator, row.plan, seed)
    start = initial_weights(seed, row.network.sizes, row.init)
    weights = loop.train(start, examples((samples, TRAIN[1]), row.encoding), after)
    return Trained(weights, losses, seen, judge(device, weights, examples(TEST, row.encoding), -1_000_000))


def peaks_by_class(row: Row, weights: Sequence[Floats], seed: int) -> tuple[Floats, Any]:
    """Maxima of the readout over the validation split, (samples, classes), and the labels: Figure 2 of the poster, top."""
    validation = examples(VALIDATION, row.encoding)
    return scores_of(device_of(row, seed), weights, validation.inputs, -2_000_000)[0], validation.labels
