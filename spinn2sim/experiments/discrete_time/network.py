"""A recurrent layer of LIF neurons and a readout that never fires, on a time grid: what it is made of; it never computes.

Step i = 1 .. T-1 (docs/equations.md, with recurrence; all states are zero at i = 0):

    I[i] = alpha I[i-1] + W x[i-1] + R z[i-1]        U[i] = beta V[i-1] + (1 - beta) I[i]
    z[i] = 1 if U[i] > threshold else 0              V[i] = U[i] (1 - z[i])
    Io[i] = alpha Io[i-1] + O z[i-1]                 Vo[i] = beta Vo[i-1] + (1 - beta) Io[i]

alpha = exp(-dt/tau_syn), beta = exp(-dt/tau_mem). The score of a class is the maximum of its Vo over the steps, not below
its rest, 0; the loss is the cross-entropy of their softmax.
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
class Recurrent:
    """Sizes and constants; times in seconds.

    steepness    of the surrogate derivative, in units of 1 / threshold
    least_slope  EventProp divides by the slope at a spike, D = I - U, held above this: a spike that grazes the threshold
                 has a gradient without bound, in which a step of the grid drowns everything else
    """

    n_in: int
    n_hidden: int
    n_out: int
    dt: float
    tau_mem: float
    tau_syn: float
    threshold: float = 1.0
    steepness: float = 10.0
    least_slope: float = 1e-10


class Weights(NamedTuple):
    """Rows are sources: the effect of a spike is one row."""

    input: Floats  # (n_in, n_hidden)
    recurrent: Floats  # (n_hidden, n_hidden)
    readout: Floats  # (n_hidden, n_out)


class Constants(NamedTuple):
    """What the kernels need of a Recurrent."""

    alpha: float
    beta: float
    threshold: float
    ratio: float  # tau_mem / tau_syn
    steepness: float
    least_slope: float
    surrogate: bool


def constants(net: Recurrent, algorithm: Algorithm) -> Constants:
    """Decays per step, and which adjoint."""
    return Constants(
        math.exp(-net.dt / net.tau_syn),
        math.exp(-net.dt / net.tau_mem),
        net.threshold,
        net.tau_mem / net.tau_syn,
        net.steepness,
        net.least_slope,
        algorithm == "surrogate",
    )


def zeros_like(weights: Weights) -> Weights:
    """A gradient that nothing was added to."""
    return Weights(*(np.zeros_like(matrix) for matrix in weights))
