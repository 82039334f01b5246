"""Converts the numbers of a NIR node to those of this simulator's neuron: weights, time constants, threshold.

NIR: tau_syn dI/dt = -I + w_in S and tau_mem dv/dt = (v_leak - v) + r I, spike and v = v_reset where v > v_threshold.
Here (docs/reference/equations.md): a spike adds its weight to I, tau_mem dV/dt = -V + I, reset to 0. So V = v - v_leak, and r, w_in and
1 / tau_syn go into the weights.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError, DataWarning
from spinn2sim.files.hdf5_reader import Tree
from spinn2sim.training.exchange.exchanged_network import Spikes, jump

Vector = NDArray[np.float64]
# Significant digits of a time in ms that was stored in seconds as float64; as float32 it has 7.
DIGITS = 12
# A LIF node has no synaptic current. With this many time constants in a step, ours decays (to exp(-20)) within the step.
STEPS_PER_TAU_SYN = 20

# The fields of nodes that are read or do not matter; any other field causes a warning.
KNOWN_FIELDS = {
    "type", "tau", "tau_mem", "tau_syn", "r", "w_in", "v_leak", "v_reset", "v_threshold", "weight", "bias", "input_type",
    "output_type", "metadata", "name", "version",
}  # fmt: skip


@dataclass(frozen=True)
class PopulationConstants:
    """The n neurons of one node: factors on their incoming weights [n], their thresholds [n], and the time constants they share."""

    factor: Vector
    tau_mem_ms: float
    tau_syn_ms: float
    threshold: Vector


def read_weight(node: Tree, where: str) -> Vector:
    """Read the (n_out, n_in) matrix of a Linear or Affine node. Raises DataError if it cannot be used or a bias is not 0."""
    _warn_of_ignored(node, where)
    matrix: Any = node.get("weight")
    if not _is_numeric(matrix) or np.ndim(matrix) != 2 or not np.isfinite(matrix).all() or 0 in np.shape(matrix):
        raise DataError(f"{where}: weight: found shape {np.shape(matrix)}, allowed is a finite (n_out, n_in) matrix")
    bias: Any = node.get("bias", np.zeros(1))
    if not _is_numeric(bias) or np.any(bias != 0):
        raise DataError(
            f"{where}: bias: found values other than 0; needed are none: the chip has no constant currents, "
            "a bias is an input neuron that fires once"
        )
    return np.asarray(matrix, np.float64)


def read_neurons(node: Tree, size: int, spikes: Spikes, dt_ms: float, where: str) -> PopulationConstants:
    """Read the constants of a CubaLIF or LIF node of `size` neurons. Raises DataError for what the chip's neuron cannot do."""
    _warn_of_ignored(node, where)
    cuba, dt = node["type"] == "CubaLIF", dt_ms / 1000
    tau_mem = _tau(node, "tau_mem" if cuba else "tau", size, where)
    factor = _vector(node, "r", size, where)
    if cuba:
        tau_syn = _tau(node, "tau_syn", size, where)
        factor = factor * _vector(node, "w_in", size, where, 1.0) * jump(spikes, tau_syn / 1000, dt)
    else:
        # In one step V gains (1 - beta) I, with beta = exp(-dt / tau_mem). It must gain r jump(tau_mem) for a Dirac impulse, and
        # (1 - beta) r for a spike of one step.
        tau_syn, gain = dt_ms / STEPS_PER_TAU_SYN, -math.expm1(-dt_ms / tau_mem)
        factor = factor * (jump(spikes, tau_mem / 1000, dt) / gain if spikes == "dirac" else 1.0)
    leak = _vector(node, "v_leak", size, where)
    reset = _vector(node, "v_reset", size, where, 0.0)
    if np.any(reset != leak):
        raise DataError(
            f"{where}: found v_reset and v_leak that differ; needed are equal ones: the chip resets to rest"
        )
    threshold = _vector(node, "v_threshold", size, where) - leak
    if np.any(threshold <= 0):
        raise DataError(f"{where}: v_threshold: found one at or below v_leak; needed are higher ones")
    return PopulationConstants(_snap_to_one(factor, _rounding_of_file(node)), tau_mem, tau_syn, threshold)


def _warn_of_ignored(node: Tree, where: str) -> None:
    ignored = sorted(node.keys() - KNOWN_FIELDS)
    if ignored:
        warnings.warn(f"{where}: ignored: {', '.join(ignored[:8])}", DataWarning, stacklevel=3)


def _tau(node: Tree, key: str, size: int, where: str) -> float:
    """Read the time constant, in ms, that all neurons of a node must share."""
    seconds = _vector(node, key, size, where)
    if np.any(seconds != seconds[0]) or seconds[0] <= 0:
        raise DataError(
            f"{where}: {key}: found {seconds.min():g} to {seconds.max():g} s; needed is one positive time for all neurons"
        )
    digits = 7 if _rounding_of_file(node) > 1e-9 else DIGITS
    return float(f"{seconds[0] * 1000:.{digits}g}")


def _snap_to_one(factor: Vector, precision: float) -> Vector:
    """Set factors to 1 that differ from 1 only by rounding, so that weights are kept bit for bit."""
    return np.where(np.abs(factor - 1) < precision, 1.0, factor)


def _rounding_of_file(node: Tree) -> float:
    single = any(getattr(value, "dtype", None) == np.float32 for value in node.values())
    return 1e-6 if single else 1e-12


def _vector(node: Tree, key: str, size: int, where: str, default: float | None = None) -> Vector:
    value: Any = node.get(key, default)
    if value is None:
        raise DataError(f"{where}: {key} is missing")
    if not _is_numeric(value) or np.shape(value) not in ((), (1,), (size,)) or not np.isfinite(value).all():
        raise DataError(f"{where}: {key}: found shape {np.shape(value)}, allowed are {size} finite numbers or one")
    return np.broadcast_to(np.asarray(value, np.float64), (size,))


def _is_numeric(value: Any) -> bool:
    return isinstance(value, int | float | np.ndarray | np.generic) and np.asarray(value).dtype.kind in "iuf"
