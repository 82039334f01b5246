"""The protocol of an estimator, and the estimate that it returns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from spinn2sim.experiments.continuous.continuous_network import ContinuousNetwork
from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.experiments.devices.observation import ObservationT

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


class Estimate(NamedTuple):
    """`loss` is the mean over the batch; `gradients` are dL/dW per layer, (n_out, n_in)."""

    loss: float
    gradients: tuple[Floats, ...]


class Estimator(Protocol, Generic[ObservationT]):
    """A way to estimate the gradient of a loss from an observation of the declared type."""

    @property
    def observation_type(self) -> type[ObservationT]:
        """The type of the observations that the estimator is given."""

    def estimate(
        self,
        network: ContinuousNetwork,
        observation: ObservationT,
        inputs: Spikes,
        weights: Sequence[Floats],
        labels: Labels,
    ) -> Estimate:
        """Estimate the gradient of the mean loss over the batch, with the network's nominal constants."""
