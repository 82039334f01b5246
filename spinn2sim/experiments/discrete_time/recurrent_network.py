"""The description of a network with one recurrent layer of LIF neurons and a readout that never fires, on a time grid.

Step i = 1 .. T-1 (docs/reference/equations.md, with recurrence; all states are zero at i = 0):

    I[i] = alpha I[i-1] + W x[i-1] + R z[i-1]        U[i] = beta V[i-1] + (1 - beta) I[i]
    z[i] = 1 if U[i] > threshold else 0              V[i] = U[i] (1 - z[i])
    Io[i] = alpha Io[i-1] + O z[i-1]                 Vo[i] = beta Vo[i-1] + (1 - beta) Io[i]

alpha = exp(-dt/tau_syn), beta = exp(-dt/tau_mem). The score of a class is the maximum of its Vo over the steps, and not less than the state
of rest, 0; the loss is the cross-entropy of the softmax of the scores.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Algorithm = Literal["surrogate", "eventprop"]


@dataclass(frozen=True)
class RecurrentNetwork:
    """Sizes and constants; times in seconds.

    steepness  of the surrogate derivative, in units of 1 / threshold
    min_slope  EventProp divides by D = I - U at a spike (v_slope in the code), or by this if D is smaller: the gradient of a
               grazing spike is unbounded, and would be mostly an error of the grid
    """

    n_in: int
    n_hidden: int
    n_out: int
    dt: float
    tau_mem: float
    tau_syn: float
    threshold: float = 1.0
    steepness: float = 10.0
    min_slope: float = 1e-10


class Weights(NamedTuple):
    """The weights, one row per source: `input` (n_in, n_hidden), `recurrent` (n_hidden, n_hidden), `readout` (n_hidden, n_out)."""

    input: Floats
    recurrent: Floats
    readout: Floats


class Constants(NamedTuple):
    """The constants that the kernels need; `ratio` is tau_mem / tau_syn."""

    alpha: float
    beta: float
    threshold: float
    ratio: float
    steepness: float
    min_slope: float
    surrogate: bool


def constants(net: RecurrentNetwork, algorithm: Algorithm) -> Constants:
    """Compute the constants of a network that is trained with an algorithm."""
    return Constants(
        math.exp(-net.dt / net.tau_syn),
        math.exp(-net.dt / net.tau_mem),
        net.threshold,
        net.tau_mem / net.tau_syn,
        net.steepness,
        net.min_slope,
        algorithm == "surrogate",
    )


def zeros_like(weights: Weights) -> Weights:
    """Make a gradient of zeros."""
    return Weights(*(np.zeros_like(matrix) for matrix in weights))
