"""The spike time of one neuron after one input spike, and its derivative with respect to the weight, in closed form.

One spike at t = 0 with weight w, tau_mem = tau_syn = 1: V(t) = w t exp(-t), so t = -W0(-1/w) and dt/dw = -(t/w) / (1 - t) (Goeltz et al.
2021, doi:10.1038/s42256-021-00388-x). Below w = e the neuron is silent.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spinn2sim.experiments.continuous.lambert import lambert_w

Array = NDArray[np.float64]
# The weights of tests/fixtures/golden/analytic_gradient.csv, down to 0.1 % above the weight at which the neuron falls silent.
WEIGHTS: Array = np.array(
    [1.001 * np.e, 1.01 * np.e, 2.8, 1.05 * np.e, *(k / 10 for k in range(29, 101)), 12, 15, 20, 30, 50], np.float64
)
AWAY = 1.1 * np.e  # from this weight on, the divergence of the slope at e does not dominate a mean


def closed_form(weights: Array) -> tuple[Array, Array]:
    """Compute (t, dt/dw) for weights above e, [n] each. Raises ValueError for a weight that gives no spike."""
    if not (weights > np.e).all():
        raise ValueError(f"a weight of {weights.min()} gives no spike")
    time = np.array([-lambert_w(-1 / weight) for weight in weights])
    return time, -time / weights / (1 - time)
