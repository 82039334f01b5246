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
    """The weights and neuron constants of a network of LIF neurons: V decays to 0, is reset to 0, and fires above `threshold`.

    The equations are in docs/reference/equations.md.
    """

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
    """Return what a spike adds to x in tau dx/dt = -x + S: 1 / tau if S is a Dirac impulse, dt / tau if S is 1 for one time step."""
    return (1.0 if spikes == "dirac" else dt_s) / tau_s
