"""The fixed pattern of an analog chip: the time constants, threshold and gain of each of its circuits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinn2sim.experiments.continuous.circuits import MANY_SPIKES, Circuits
from spinn2sim.experiments.continuous.continuous_network import ContinuousNetwork
from spinn2sim.experiments.substrate.substrate_settings import SubstrateSettings
from spinn2sim.seeds import generator

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class MismatchedLayer:
    """The circuits of one layer, and the factor (n,) by which each multiplies all weights into it."""

    circuits: Circuits
    gain: Floats


def draw_fixed_pattern(
    network: ContinuousNetwork, settings: SubstrateSettings, chip: int
) -> tuple[MismatchedLayer, ...]:
    """Draw the layers above the input as chip number `chip` has them.

    A larger sigma magnifies the pattern. A wider layer has the circuits of a narrower one, followed by more.
    """
    return tuple(
        _draw_layer(network, settings, chip, layer, network.sizes[layer + 1], fires)
        for layer, fires in enumerate(network.fires)
    )


def _draw_layer(
    network: ContinuousNetwork, settings: SubstrateSettings, chip: int, layer: int, size: int, fires: bool
) -> MismatchedLayer:
    def factors(quantity: str, sigma: float) -> Floats:
        draw = generator(chip, f"substrate {quantity}", layer).standard_normal(size)
        return np.maximum(1.0 + sigma * draw, settings.floor)

    threshold = network.threshold * factors("threshold", settings.sigma_threshold)
    circuits = Circuits(
        network.tau_mem * factors("tau_mem", settings.sigma_tau_mem),
        network.tau_syn * factors("tau_syn", settings.sigma_tau_syn),
        threshold if fires else np.full(size, np.inf),
        MANY_SPIKES if network.max_spikes is None else network.max_spikes,
    )
    return MismatchedLayer(circuits, factors("gain", settings.sigma_gain))
