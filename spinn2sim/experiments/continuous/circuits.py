"""The neuron circuits of a layer in continuous time, each with its own time constants and threshold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinn2sim.experiments.continuous.spikes import Spikes

Floats = NDArray[np.float64]
MANY_SPIKES = 1 << 30


@dataclass(frozen=True)
class Circuits:
    """The neuron circuits of a layer. Nominal circuits are all alike; those of an analog substrate differ.

    tau_mem, tau_syn  (n,) seconds
    threshold         (n,), or (samples, n) where it changes from run to run; inf in a layer that never fires
    max_spikes        after this many spikes in a sample a neuron is silent and no longer computed (1: networks of first spikes)
    """

    tau_mem: Floats
    tau_syn: Floats
    threshold: Floats
    max_spikes: int = MANY_SPIKES

    @property
    def size(self) -> int:
        """The number of neurons."""
        return len(self.tau_mem)


def equal_circuits(
    size: int, tau_mem: float, tau_syn: float, threshold: float = 1.0, max_spikes: int = MANY_SPIKES
) -> Circuits:
    """Make a layer of `size` equal circuits; time constants in seconds. A readout that never fires has `threshold` = inf."""
    return Circuits(np.full(size, tau_mem), np.full(size, tau_syn), np.full(size, threshold), max_spikes)


def no_spikes(samples: int, size: int) -> Spikes:
    """Make the empty spikes of a layer of `size` neurons that never fires, for `samples` samples."""
    return Spikes(np.empty(0), np.empty(0, np.int32), np.zeros(samples + 1, np.int64), size)
