"""The fixed pattern of a chip: each circuit's time constants, threshold and gain; it never depends on a batch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinn2sim.experiments.continuous.layers import MANY_SPIKES, Circuits
from spinn2sim.experiments.continuous.network import Network
from spinn2sim.experiments.substrate.settings import Settings
from spinn2sim.seeds import generator

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Layer:
    """The circuits of one layer, and the factor (n,) that each puts on all weights into it."""

    circuits: Circuits
    gain: Floats


def draw_layers(network: Network, settings: Settings, chip: int) -> tuple[Layer, ...]:
    """The layers behind the input as chip number `chip` has them.

    A larger sigma is the same pattern, magnified; a wider layer has the narrower one's circuits and more.
    """
    return tuple(
        _draw_layer(network, settings, chip, layer, network.sizes[layer + 1], fires)
        for layer, fires in enumerate(network.fires)
    )


def _draw_layer(network: Network, settings: Settings, chip: int, layer: int, size: int, fires: bool) -> Layer:
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
    return Layer(circuits, factors("gain", settings.sigma_gain))
