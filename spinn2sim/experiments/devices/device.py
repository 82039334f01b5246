"""The protocol of a device in the loop: it runs a network with given weights and returns the observation that it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from spinn2sim.experiments.continuous.continuous_network import ContinuousNetwork
from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.experiments.devices.observation import ObservationT

Floats = NDArray[np.float64]


class Device(Protocol):
    """What runs the network: an ideal simulation, a modelled analog substrate, or the simulated hardware."""

    @property
    def network(self) -> ContinuousNetwork:
        """The network that the device was made for, with nominal constants, which are all that the host knows."""

    def observe(
        self, observation_type: type[ObservationT], inputs: Spikes, weights: Sequence[Floats], run: int
    ) -> ObservationT:
        """Run every sample of `inputs` once and return an observation of the given type.

        `weights` (n_out, n_in) per layer are those of the host; the device rounds and clips them to what it can hold. `run` numbers the
        run: equal numbers give equal noise.
        """
