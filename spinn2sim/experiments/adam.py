"""Adam for the weight matrices of an experiment, computed by the mirror's float64 optimizer."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from spinn2sim.mirror.float_optimizer import adam, fresh_state, optimizer_step

Floats = NDArray[np.float64]


class Adam:
    """Adam as torch defines it; it changes the given matrices in place."""

    def __init__(self, weights: Iterable[Floats], beta2: float = 0.999) -> None:
        self.constants = adam(beta2=beta2)
        self.states = [fresh_state(w.reshape(-1)) for w in weights]

    def step(self, rate: float, gradients: Iterable[Floats]) -> None:
        """Make one update of all matrices with the learning rate `rate`."""
        for state, gradient in zip(self.states, gradients, strict=True):
            optimizer_step(self.constants, rate, gradient.reshape(-1), state)
