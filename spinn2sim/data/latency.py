"""Images as latencies in continuous time, as published for the analog chip; it never puts them on a grid.

Cramer et al. 2022 (doi:10.1073/pnas.2109194119): t = tau ln(x / (x - 0.2)), tau = 8 us, for a pixel x in 0..1; no spike
for x <= 0.2. It is when a leaky membrane of time constant tau, driven by x, passes 0.2: 1.8 us for the brightest pixel,
late without bound for the dimmest that fire.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spinn2sim.data.labelled import joined
from spinn2sim.spec.spikes import Spikes

TAU = 8e-6  # s
THRESHOLD = 0.2


def latency(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Times in s of values in 0..1, any shape; infinite where there is no spike."""
    heard = values > THRESHOLD
    above = np.where(heard, values, 1.0)
    times: NDArray[np.float64] = np.where(heard, TAU * np.log(above / (above - THRESHOLD)), np.inf)
    return times


def latency_spikes(values: NDArray[np.float64]) -> Spikes:
    """Samples (n, d) as at most one spike of each of d inputs."""
    times = latency(values)
    neurons = np.arange(values.shape[1], dtype=np.int32)
    return joined(((row[np.isfinite(row)], neurons[np.isfinite(row)]) for row in times), values.shape[1])
