"""How spikes and membranes are measured: jitter, time stamps, samples of few bits; it never touches what the circuits do."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.experiments.continuous.observe_as import sampling_instants
from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.experiments.loop.observation import Observation, SampledObservation, SpikeObservation
from spinn2sim.experiments.substrate.noise import JITTER, Noise
from spinn2sim.experiments.substrate.settings import Settings

Floats = NDArray[np.float64]
EXACT = 64  # bits of a number that nothing rounds


def stamp(spikes: Spikes, layer: int, settings: Settings, noise: Noise | None, t_end: float) -> Spikes:
    """Spikes of a layer as measured, in the order of their time stamps; a time stays within [0, t_end]."""
    times = spikes.times
    if noise is not None and settings.jitter:
        counts = np.diff(spikes.offsets)
        draws = [noise.normals(sample, JITTER + layer, count) for sample, count in enumerate(counts)]
        times = np.clip(times + settings.jitter * np.concatenate([np.empty(0), *draws]), 0.0, t_end)
    if settings.resolution is not None:
        times = np.floor(times / settings.resolution) * settings.resolution
    samples = np.repeat(np.arange(spikes.samples), np.diff(spikes.offsets))
    order = np.lexsort((spikes.neurons, times, samples))
    return Spikes(times[order], spikes.neurons[order], spikes.offsets, spikes.size)


def instants_of(settings: Settings, t_end: float) -> Floats:
    """When membranes are sampled, seconds: every `sample_interval`, to the end; never if there is none."""
    if settings.sample_interval is None:
        return np.empty(0)
    return sampling_instants(settings.sample_interval, t_end)


def digitise(membrane: Floats, settings: Settings) -> Floats:
    """Samples as the converter gives them, in thresholds again; what is beyond its range is held at the range's end."""
    if settings.sample_bits is None:
        return membrane
    half = 1 << (settings.sample_bits - 1)
    return np.asarray(np.clip(np.rint(membrane / settings.sample_step), -half, half - 1) * settings.sample_step)


class Bits(NamedTuple):
    """What the host reads to see an observation, in bits."""

    spikes: int
    samples: int

    @property
    def total(self) -> int:
        """Both."""
        return self.spikes + self.samples


def observed_bits(seen: Observation, settings: Settings, t_end: float) -> Bits:
    """The bits of `seen`: each spike is an address and a time stamp, each sample of a membrane `sample_bits`.

    An address tells apart all neurons whose spikes are seen, a time stamp all steps of the resolution up to t_end. What the settings leave
    exact counts as 64 bits.
    """
    address = math.ceil(math.log2(max(sum(layer.size for layer in seen.spikes), 2)))
    time = EXACT if settings.resolution is None else math.ceil(math.log2(t_end / settings.resolution + 1))
    spikes = sum(len(layer.times) for layer in seen.spikes)
    hidden = seen.hidden if isinstance(seen, SampledObservation) else ()
    readout = None if isinstance(seen, SpikeObservation) else seen.readout
    samples = sum(membrane.size for membrane in (*hidden, readout) if membrane is not None)
    return Bits(spikes * (address + time), samples * (settings.sample_bits or EXACT))
