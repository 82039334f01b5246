"""A feed-forward network as it is exchanged with other programs: weights, time constants, threshold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Spikes = Literal["step", "dirac"]
SPIKES: tuple[Spikes, ...] = ("step", "dirac")


@dataclass(frozen=True)
class ExchangedNetwork:
    """Weights and the constants of the one neuron model of docs/reference/equations.md: V decays to 0, is reset to 0, fires
    above `threshold`."""

    # One matrix (n_out, n_in) per projection; a spike adds its weight to the current.
    weights: list[NDArray[np.float64]]
    tau_mem_ms: float
    tau_syn_ms: float
    threshold: float

    @property
    def sizes(self) -> tuple[int, ...]:
        """Neurons of each population, input first."""
        return (self.weights[0].shape[1], *(w.shape[0] for w in self.weights))


def jump(spikes: Spikes, tau_s: float, dt_s: float) -> float:
    """What a spike adds to x in tau dx/dt = -x + S: 1 / tau where S is a Dirac impulse, dt / tau where S is 1 for a step."""
    return (1.0 if spikes == "dirac" else dt_s) / tau_s
