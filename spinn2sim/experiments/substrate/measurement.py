"""How spikes and membrane potentials are measured: with jitter, with time stamps, in samples of a few bits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.experiments.devices.observe_as import sampling_instants
from spinn2sim.experiments.substrate.noise import JITTER, Noise
from spinn2sim.experiments.substrate.substrate_settings import SubstrateSettings

Floats = NDArray[np.float64]


def measure_spikes(
    spikes: Spikes, layer: int, settings: SubstrateSettings, noise: Noise | None, t_end: float
) -> Spikes:
    """Measure the spikes of a layer: with jitter, time stamps within [0, t_end], in the order of the time stamps."""
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


def membrane_instants(settings: SubstrateSettings, t_end: float) -> Floats:
    """Return the instants, in seconds, at which membranes are sampled: every `sample_interval` up to the end, none if it is None."""
    if settings.sample_interval is None:
        return np.empty(0)
    return sampling_instants(settings.sample_interval, t_end)


def digitise(membrane: Floats, settings: SubstrateSettings) -> Floats:
    """Round membrane potentials as the converter does, in units of the threshold; values beyond its range are clipped."""
    if settings.sample_bits is None:
        return membrane
    half = 1 << (settings.sample_bits - 1)
    return np.asarray(np.clip(np.rint(membrane / settings.sample_step), -half, half - 1) * settings.sample_step)
