"""A feed-forward network as it travels: weights, time constants, threshold; it knows no file format and no data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Spikes = Literal["step", "dirac"]
SPIKES: tuple[Spikes, ...] = ("step", "dirac")


@dataclass(frozen=True)
class Model:
    """One neuron model for all layers, as docs/equations.md has it: V decays to 0, is reset to 0, fires above `threshold`."""

    weights: list[NDArray[np.float64]]  # (n_out, n_in) per layer; a spike adds its weight to the current
    tau_mem_ms: float
    tau_syn_ms: float
    threshold: float

    @property
    def sizes(self) -> tuple[int, ...]:
        """Neurons per layer, input first."""
        return (self.weights[0].shape[1], *(w.shape[0] for w in self.weights))


def jump(spikes: Spikes, tau_s: float, dt_s: float) -> float:
    """What a spike adds to x in tau dx/dt = -x + S: 1 / tau where S is a Dirac impulse, dt / tau where S is 1 for a step."""
    return (1.0 if spikes == "dirac" else dt_s) / tau_s
