"""The principal branch of Lambert's W for real numbers: W e^W = z."""

from __future__ import annotations

import math

from firmware_models.jit.compiler import kernels_of

kernel = kernels_of(__package__, allocate=True)


HALLEY_STEPS = 20  # an upper limit: the steps converge cubically, and three or four are enough


@kernel
def lambert_w(z: float) -> float:
    """W(z) >= -1 of z >= -1/e; nan below.

    Starts near the branch point from the series in p = sqrt(2 (e z + 1)), elsewhere from Winitzki's approximation; then takes Halley's
    steps (Corless et al. 1996, eqs. 4.22 and 5.9, doi:10.1007/BF02124750).
    """
    square = 2.0 * (math.e * z + 1.0)
    if not square >= 0.0:
        return -1.0 if square > -1e-15 else math.nan
    if z < -0.25:
        p = math.sqrt(square)
        w = -1.0 + p * (1.0 - p * (1.0 / 3.0 - p * 11.0 / 72.0))
        if p < 1e-5:
            return w  # more accurate than a step, which subtracts nearly equal numbers
    else:
        log = math.log1p(z)
        w = log * (1.0 - math.log1p(log) / (2.0 + log))
    for _ in range(HALLEY_STEPS):
        power = math.exp(w)
        residual = w * power - z
        step = residual / (power * (w + 1.0) - (w + 2.0) * residual / (2.0 * w + 2.0))
        w -= step
        if abs(step) <= 4e-16 * abs(w):
            break
    return w
