"""What a device is to the loop: it runs a network with given weights and shows what it is asked for; it knows no labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from spinn2sim.experiments.continuous.network import Network
from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.experiments.loop.observation import Sees

Floats = NDArray[np.float64]


class Device(Protocol):
    """An ideal simulation, a modelled analog substrate, or the simulated chip."""

    @property
    def network(self) -> Network:
        """The network it was made for, with the nominal constants: all that the host knows of it."""

    def observe(self, sees: type[Sees], inputs: Spikes, weights: Sequence[Floats], run: int) -> Sees:
        """Run every sample of `inputs` once and show what `sees` names.

        `weights` (n_out, n_in) per layer are what the host wishes; the device brings them to what it can hold. `run` numbers the run:
        the same number gives the same noise.
        """
