"""Noise from run to run: for each sample of a run normal numbers of its own; it never changes a circuit."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.experiments.substrate.settings import Settings
from spinn2sim.seeds import generator

Floats = NDArray[np.float64]
FACTORS, JITTER = 0, 1  # streams of a sample; layer k has JITTER + k


class Noise:
    """Factors (samples, neurons) per layer on the `threshold` and the `gain`, and each sample's `normals`.

    A sample is named by what is in it, not by its place, so neither the order of a batch nor its splitting changes an answer. The same
    input twice in a run is disturbed alike: another run is another draw.
    """

    def __init__(self, inputs: Spikes, sizes: Sequence[int], settings: Settings, chip: int, run: int) -> None:
        """The noise of `run` on `chip` for layers of `sizes` neurons."""
        of_run = generator(chip, "substrate noise", int(run < 0), abs(run))
        self._bits = np.random.Philox(key=of_run.integers(1 << 64, size=2, dtype=np.uint64))
        self._fresh, self._draw = self._bits.state, np.random.Generator(self._bits)
        self._key = int(self._fresh["state"]["key"][1])
        self._names = [_name(inputs, sample) for sample in range(inputs.samples)]
        draws = np.array([self.normals(b, FACTORS, 2 * sum(sizes)) for b in range(inputs.samples)])
        both = draws.reshape(inputs.samples, 2, sum(sizes))
        ends = np.cumsum(sizes)[:-1]

        def factors(quantity: int, sigma: float) -> tuple[Floats, ...]:
            return tuple(np.split(np.maximum(1.0 + sigma * both[:, quantity], settings.floor), ends, axis=1))

        self.threshold = factors(0, settings.noise_threshold)
        self.gain = factors(1, settings.noise_gain)

    def normals(self, sample: int, stream: int, count: int) -> Floats:
        """Normal numbers that depend on chip, run, the sample's events and the stream alone, whatever was drawn before."""
        state = self._fresh["state"]
        state["key"][1] = self._key ^ self._names[sample]
        state["counter"][:] = (0, 0, 0, stream)
        self._bits.state = self._fresh
        return self._draw.standard_normal(count)


def draw_noise(inputs: Spikes, sizes: Sequence[int], settings: Settings, chip: int, run: int) -> Noise | None:
    """The noise of a run, None if all of it is switched off."""
    noisy = settings.noise_threshold or settings.noise_gain or settings.jitter
    return Noise(inputs, sizes, settings, chip, run) if noisy else None


def _name(inputs: Spikes, sample: int) -> int:
    """64 bits that stand for the events of a sample."""
    events = slice(inputs.offsets[sample], inputs.offsets[sample + 1])
    content = hashlib.blake2b(inputs.times[events].tobytes(), digest_size=8)
    content.update(inputs.neurons[events].tobytes())
    return int.from_bytes(content.digest(), "little")
