"""What a host can observe of one run. An estimator declares one of these types and gets an object that holds nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from spinn2sim.experiments.continuous.spikes import Spikes

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SpikeObservation:
    """The spikes of each layer that fires, as they were measured."""

    spikes: tuple[Spikes, ...]


@dataclass(frozen=True)
class ReadoutObservation:
    """The spikes, and samples of the readout's membrane potentials, (samples, neurons, instants) at `instants` (seconds)."""

    spikes: tuple[Spikes, ...]
    instants: Floats
    readout: Floats


@dataclass(frozen=True)
class SampledObservation:
    """The spikes, and samples of all membrane potentials: of each layer that fires, and of the readout (None if the last layer fires)."""

    spikes: tuple[Spikes, ...]
    instants: Floats
    hidden: tuple[Floats, ...]
    readout: Floats | None


Observation = SpikeObservation | ReadoutObservation | SampledObservation
ObservationT = TypeVar("ObservationT", SpikeObservation, ReadoutObservation, SampledObservation)
