"""One input spike on many circuits of the modelled analog substrate, and EventProp from their measured spike times.

All circuits get the same weight, a code of the 6-bit synapses. The estimator gets the measured times, the nominal constants and the weight
that the host asked for. L = sum over circuits of their first spike time, so each circuit's dL/dw is its dt/dw.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from spinn2sim.experiments.continuous.continuous_network import ContinuousNetwork
from spinn2sim.experiments.continuous.output_losses import first_spikes
from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.experiments.devices.observation import SpikeObservation
from spinn2sim.experiments.estimators.eventprop import MIN_SLOPE, spiking_layer_gradients
from spinn2sim.experiments.substrate.analog_substrate import Substrate
from spinn2sim.experiments.substrate.substrate_settings import SubstrateSettings
from spinn2sim.experiments.tasks.synapse.closed_form import Array, closed_form

TAU = 6e-6  # seconds, tau_mem and tau_syn; docs/reference/substrate.md
CODES = 63  # the largest code of a 6-bit weight
LARGEST = 10.5  # the weight of the largest code, in thresholds: 3.86 e


def weights_of_codes(first: float) -> Array:
    """The weights of all codes from the weight `first` on, in thresholds."""
    weights = np.arange(1, CODES + 1) * (LARGEST / CODES)
    return np.asarray(weights[weights >= first])


def measure(weights: Array, circuits: int, sigma: float, chip: int) -> dict[str, list[Array]]:
    """Return per weight and circuit "times" (of the first spike) and "slopes" (estimated dt/dw) in units of tau, nan where silent.

    Each weight has its own run, with its own noise.
    """
    network = ContinuousNetwork((1, circuits), TAU, TAU, 5 * TAU, "first_spike")
    device = Substrate(network, settings(sigma), chip)
    one_spike = Spikes(np.zeros(1), np.zeros(1, np.int32), np.array([0, 1]), 1)
    times, slopes = list[Array](), list[Array]()
    for run, weight in enumerate(weights):
        held = (np.full((circuits, 1), weight),)
        observation = device.observe(SpikeObservation, one_spike, held, run)
        first, index = (each[0] for each in first_spikes(observation.spikes[0], np.nan))
        g = np.zeros(len(observation.spikes[0].times))
        g[index[index >= 0]] = 1.0
        gradient = spiking_layer_gradients(network, (one_spike, *observation.spikes), held, g, MIN_SLOPE)[0][:, 0]
        times.append(first / TAU)
        slopes.append(np.where(np.isnan(first), np.nan, gradient / TAU))
    return {"times": times, "slopes": slopes}


def settings(sigma: float) -> SubstrateSettings:
    """Return the default settings of the substrate with this mismatch, and with weights up to LARGEST."""
    return replace(SubstrateSettings().with_mismatch(sigma), largest_weight=(LARGEST,))


def statistics(result: Mapping[str, Any]) -> dict[str, Array]:
    """Compute per weight, [n] each: mean and median over the circuits that fired (nan if none), silent circuits, closed form."""
    weights, times, slopes = (np.array(result[name], np.float64) for name in ("weights", "times", "slopes"))
    exact = np.full((2, len(weights)), np.nan)
    fires = weights > math.e
    exact[:, fires] = closed_form(weights[fires])
    return {
        "weight": weights,
        "silent": np.isnan(times).sum(axis=1).astype(np.float64),
        "time_exact": exact[0],
        "time_mean": _over_fired(np.mean, times),
        "time_median": _over_fired(np.median, times),
        "slope_exact": exact[1],
        "slope_mean": _over_fired(np.mean, slopes),
        "slope_median": _over_fired(np.median, slopes),
        "mean_off": _over_fired(np.mean, slopes) / exact[1] - 1,
        "median_off": _over_fired(np.median, slopes) / exact[1] - 1,
    }


def _over_fired(of: Callable[[Array], Any], values: Array) -> Array:
    fired = [row[~np.isnan(row)] for row in values]
    return np.array([of(row) if len(row) else np.nan for row in fired], np.float64)
