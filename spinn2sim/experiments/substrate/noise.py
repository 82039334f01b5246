"""Noise that differs from run to run, drawn for each sample of a run."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.experiments.substrate.substrate_settings import SubstrateSettings
from spinn2sim.seeds import generator

Floats = NDArray[np.float64]
FACTORS, JITTER = 0, 1  # streams of a sample; the jitter of layer k is stream JITTER + k


class Noise:
    """Factors (samples, neurons) per layer on the `threshold` and the `gain`, and each sample's `normals`.

    The draws of a sample depend on its events, not on its position, so the order and the splitting of a batch change no result. Equal
    samples in one run get equal noise; another run gets different noise.
    """

    def __init__(self, inputs: Spikes, sizes: Sequence[int], settings: SubstrateSettings, chip: int, run: int) -> None:
        """Draw the noise of `run` on `chip` for layers of `sizes` neurons."""
        of_run = generator(chip, "substrate noise", int(run < 0), abs(run))
        self._bits = np.random.Philox(key=of_run.integers(1 << 64, size=2, dtype=np.uint64))
        self._fresh, self._draw = self._bits.state, np.random.Generator(self._bits)
        self._key = int(self._fresh["state"]["key"][1])
        self._hashes = [_hash_events(inputs, sample) for sample in range(inputs.samples)]
        draws = np.array([self.normals(b, FACTORS, 2 * sum(sizes)) for b in range(inputs.samples)])
        both = draws.reshape(inputs.samples, 2, sum(sizes))
        ends = np.cumsum(sizes)[:-1]

        def factors(quantity: int, sigma: float) -> tuple[Floats, ...]:
            return tuple(np.split(np.maximum(1.0 + sigma * both[:, quantity], settings.floor), ends, axis=1))

        self.threshold = factors(0, settings.noise_threshold)
        self.gain = factors(1, settings.noise_gain)

    def normals(self, sample: int, stream: int, count: int) -> Floats:
        """Draw normal numbers that depend only on the chip, the run, the sample's events and the stream, not on earlier draws."""
        state = self._fresh["state"]
        state["key"][1] = self._key ^ self._hashes[sample]
        state["counter"][:] = (0, 0, 0, stream)
        self._bits.state = self._fresh
        return self._draw.standard_normal(count)


def draw_noise(inputs: Spikes, sizes: Sequence[int], settings: SubstrateSettings, chip: int, run: int) -> Noise | None:
    """Draw the noise of a run; None if all noise is switched off."""
    noisy = settings.noise_threshold or settings.noise_gain or settings.jitter
    return Noise(inputs, sizes, settings, chip, run) if noisy else None


def _hash_events(inputs: Spikes, sample: int) -> int:
    """Compute a 64-bit hash of the events of a sample."""
    events = slice(inputs.offsets[sample], inputs.offsets[sample + 1])
    content = hashlib.blake2b(inputs.times[events].tobytes(), digest_size=8)
    content.update(inputs.neurons[events].tobytes())
    return int.from_bytes(content.digest(), "little")
