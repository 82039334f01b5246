"""Adam for the weight matrices of an experiment, by the float64 arithmetic of the mirror's optimizer."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from spinn2sim.mirror.float_optimizer import FloatRule, FloatState, float_update

Floats = NDArray[np.float64]


class Adam:
    """Adam as torch defines it; it changes the given matrices in place."""

    def __init__(self, weights: Iterable[Floats], beta2: float = 0.999) -> None:
        self.rule = FloatRule(adam=True, weight_decay=0.0, beta1=0.9, beta2=beta2, epsilon=1e-8, momentum=0.0)
        self.states = [
            FloatState(w.reshape(-1), np.zeros(w.size), np.zeros(w.size), np.zeros(1, np.int64)) for w in weights
        ]

    def step(self, rate: float, gradients: Iterable[Floats]) -> None:
        """Make one update of all matrices with the learning rate `rate`."""
        for state, gradient in zip(self.states, gradients, strict=True):
            float_update(self.rule, rate, gradient.reshape(-1), state)
