"""Builds the observation that a host asked for. Membrane potentials that it does not contain are not computed."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, cast

import numpy as np

from spinn2sim.experiments.continuous.circuits import Floats
from spinn2sim.experiments.continuous.continuous_network import ContinuousNetwork
from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.experiments.devices.observation import (
    ObservationT,
    ReadoutObservation,
    SampledObservation,
    SpikeObservation,
)


def observe_as(
    observation_type: type[ObservationT],
    network: ContinuousNetwork,
    spikes: tuple[Spikes, ...],
    instants: Floats,
    potentials: Callable[[int], Floats],
) -> ObservationT:
    """Build an observation of the given type from the `spikes` of the layers that fire.

    `potentials(layer)` gives the sampled membrane potentials (samples, neurons, instants) of a layer; layer 0 is the first above the input.

    Raises ValueError if a readout is asked for and the network's last layer fires.
    """
    found: Any
    last, last_fires = len(network.fires) - 1, network.fires[-1]
    if observation_type is SpikeObservation:
        found = SpikeObservation(spikes)
    elif observation_type is ReadoutObservation:
        if last_fires:
            raise ValueError("a network whose last layer fires has no readout to sample")
        found = ReadoutObservation(spikes, instants, potentials(last))
    else:
        hidden = tuple(potentials(layer) for layer in range(len(spikes)))
        found = SampledObservation(spikes, instants, hidden, None if last_fires else potentials(last))
    return cast(ObservationT, found)


def sampling_instants(interval: float, t_end: float) -> Floats:
    """Return the instants at which membranes are sampled, in seconds: every `interval` up to the end."""
    count = math.floor(t_end / interval + 1e-9)  # so that rounding does not lose an instant at t_end
    return np.asarray(interval * np.arange(1, count + 1))
