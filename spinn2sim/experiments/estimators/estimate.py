"""What an estimator is, and what it gives back; it never trains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from spinn2sim.experiments.continuous.network import Network
from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.experiments.loop.observation import ReadoutObservation, SampledObservation, SpikeObservation

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
Seen = TypeVar("Seen", SpikeObservation, ReadoutObservation, SampledObservation)


class Estimate(NamedTuple):
    """loss: mean over the batch; gradients: dL/dW per layer, (n_out, n_in)."""

    loss: float
    gradients: tuple[Floats, ...]


class Estimator(Protocol, Generic[Seen]):
    """A way to a gradient; `sees` is the type of observation that it is given."""

    @property
    def sees(self) -> type[Seen]:
        """All that it may look at."""

    def estimate(
        self, network: Network, seen: Seen, inputs: Spikes, weights: Sequence[Floats], labels: Labels
    ) -> Estimate:
        """The gradient of the mean loss over the batch, with the network's nominal constants."""
