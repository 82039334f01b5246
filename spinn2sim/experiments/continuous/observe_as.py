"""An observation of the declared type, and nothing that it does not name is even computed."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, cast

import numpy as np

from spinn2sim.experiments.continuous.layers import Floats
from spinn2sim.experiments.continuous.network import Network
from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.experiments.loop.observation import ReadoutObservation, SampledObservation, Sees, SpikeObservation


def show(
    sees: type[Sees], network: Network, spikes: tuple[Spikes, ...], instants: Floats, trace: Callable[[int], Floats]
) -> Sees:
    """What `sees` names: `spikes` of the layers that fire, and membrane potentials by trace(layer), layer 0 above the input.

    trace gives (samples, neurons, instants).

    Raises ValueError where a readout is asked of a network whose last layer fires.
    """
    found: Any
    last, fires = len(network.fires) - 1, network.fires[-1]
    if sees is SpikeObservation:
        found = SpikeObservation(spikes)
    elif sees is ReadoutObservation:
        if fires:
            raise ValueError("a network whose last layer fires has no readout to sample")
        found = ReadoutObservation(spikes, instants, trace(last))
    else:
        hidden = tuple(trace(layer) for layer in range(len(spikes)))
        found = SampledObservation(spikes, instants, hidden, None if fires else trace(last))
    return cast(Sees, found)


def sampling_instants(interval: float, t_end: float) -> Floats:
    """When membranes are sampled, seconds: every `interval`, to the end."""
    count = math.floor(t_end / interval + 1e-9)  # the last one may be at t_end, whatever rounding says
    return np.asarray(interval * np.arange(1, count + 1))
