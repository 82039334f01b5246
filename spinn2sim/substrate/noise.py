"""Noise from run to run: for each sample of a run a generator of its own; it never changes a circuit."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinn2sim.scenario.seeds import generator
from spinn2sim.spec.spikes import Spikes
from spinn2sim.substrate.settings import Settings

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Noise:
    """Factors (samples, neurons) per layer, and each sample's generator for what is drawn per spike."""

    threshold: tuple[Floats, ...]
    gain: tuple[Floats, ...]
    generators: tuple[np.random.Generator, ...]


def draw_noise(inputs: Spikes, sizes: Sequence[int], settings: Settings, chip: int, run: int) -> Noise | None:
    """The noise of `run` on `chip` for layers of `sizes` neurons; None if all of it is switched off.

    A sample is named by what is in it, not by its place, so neither the order of a batch nor its splitting changes an answer. The same
    input twice in a run is disturbed alike: another run is another draw.
    """
    if not (settings.noise_threshold or settings.noise_gain or settings.jitter):
        return None
    names = (int(run < 0), abs(run))
    generators = tuple(generator(chip, "substrate noise", *names, *_name(inputs, b)) for b in range(inputs.samples))
    draws = np.empty((inputs.samples, 2, sum(sizes)))
    for own, draw in zip(generators, draws, strict=True):
        own.standard_normal(out=draw)
    ends = np.cumsum(sizes)[:-1]

    def factors(quantity: int, sigma: float) -> tuple[Floats, ...]:
        return tuple(np.split(np.maximum(1.0 + sigma * draws[:, quantity], settings.floor), ends, axis=1))

    return Noise(factors(0, settings.noise_threshold), factors(1, settings.noise_gain), generators)


def _name(inputs: Spikes, sample: int) -> tuple[int, int]:
    """Two words of 32 bits that stand for the events of a sample."""
    events = slice(inputs.offsets[sample], inputs.offsets[sample + 1])
    content = hashlib.blake2b(inputs.times[events].tobytes(), digest_size=8)
    content.update(inputs.neurons[events].tobytes())
    digest = content.digest()
    return int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:], "little")
