"""The neuron models of scripts as the mirror computes them: whole populations as arrays, in float32 or float64.

A step gets parameters `p` and states `x` by name, and replaces states in `x`. It is written from the equations, and not from the kernels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Fired = NDArray[np.bool_]
Parameters = Mapping[str, Array]
States = dict[str, Array]
# Parameters that are no numbers of the mirror's precision.
EXACT = ("reset", "seed")
LONGEST_SENDING = 32  # lif_fugu's longest delay
PEAK = 30.0  # Izhikevich's threshold


class Moment(NamedTuple):
    """Where a step is: the tick, how a threshold is compared, and what names random numbers."""

    tick: int
    # Whether a neuron fires above its threshold alone, as in py-spinnaker2's Brian2 backend, and not at it, as on the chip.
    strict: bool
    seed: Array | None
    neuron: NDArray[np.int64]

    def reaches(self, v: Array, threshold: Array | float) -> Fired:
        """Say which neurons reach their threshold."""
        reached: Fired = v > threshold if self.strict else v >= threshold
        return reached

    def uniform(self) -> NDArray[np.float32]:
        """Return a random number in [0, 1) for each neuron: the 24 highest bits of splitmix64, as the chip's program draws them."""
        golden = np.uint64(0x9E3779B97F4A7C15)
        word = (np.uint64(self.tick << 18) | self.neuron.astype(np.uint64)) * golden + golden
        word = word + np.uint64(0 if self.seed is None else int(self.seed[0]))
        word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return ((word ^ (word >> np.uint64(31))) >> np.uint64(40)).astype(np.float32) / np.float32(1 << 24)


class Reference(NamedTuple):
    """A model: its states at the start, from parameters and size, and its step."""

    start: Callable[[Parameters, int], States]
    step: Callable[[Parameters, States, Array, Array, Moment], Fired]


def _at_init(p: Parameters, size: int) -> States:
    """Start with v_init, all else 0."""
    return {"v": p["v_init"], **{name: np.zeros(size) for name in ("exc", "inh", "silent", "rise", "v_th")}}


def _integrated(p: Parameters, x: States, exc: Array, inh: Array) -> Array:
    """Return v with the input of a tick."""
    v: Array = x["v"] * p["alpha_decay"] + ((exc - inh) + p["i_offset"])
    return v


def _after(p: Parameters, v: Array, fires: Fired) -> Array:
    """Return v after the reset."""
    return np.where(fires, np.where(p["reset"], v - p["threshold"], p["v_reset"]), v)


def _rested(x: States, name: str, v: Array) -> Array:
    """Return v, or the old one of neurons that are refractory, whose count goes down."""
    v = np.where(x[name] > 0, x["v"], v)
    x[name] = np.maximum(x[name] - 1, 0)
    return v


def lif(p: Parameters, x: States, exc: Array, inh: Array, at: Moment) -> Fired:
    """Step neurons whose input acts for one tick."""
    v = _integrated(p, x, exc, inh)
    fires = at.reaches(v, p["threshold"])
    x["v"] = _after(p, v, fires)
    return fires


def lif_curr_exp(p: Parameters, x: States, exc: Array, inh: Array, at: Moment) -> Fired:
    """Step neurons whose input decays."""
    x["exc"], x["inh"] = p["exc_decay"] * x["exc"] + exc, p["inh_decay"] * x["inh"] + inh
    v = _rested(x, "silent", _integrated(p, x, x["exc"], x["inh"]))
    fires = at.reaches(v, p["threshold"])
    x["v"] = _after(p, v, fires)
    x["silent"] = np.where(fires, p["t_refrac"], x["silent"])
    return fires


def alif(p: Parameters, x: States, exc: Array, inh: Array, at: Moment) -> Fired:
    """Step neurons whose threshold rises."""
    v = _rested(x, "silent", _integrated(p, x, exc, inh))
    rise = x["rise"] * p["threshold_adp_decay"]
    fires = at.reaches(v, p["threshold"] + rise)
    x["v"] = _after(p, v, fires)
    x["silent"] = np.where(fires, p["t_refract"], x["silent"])
    x["rise"] = np.where(fires, rise + p["threshold_adp_inc"], rise)
    x["v_th"] = p["threshold"] + x["rise"]
    return fires


def lif_prob(p: Parameters, x: States, exc: Array, inh: Array, at: Moment) -> Fired:
    """Step neurons that fire by chance at their threshold."""
    v = _integrated(p, x, exc, inh)
    fires = at.reaches(v, p["threshold"]) & (at.uniform() < p["firing_prob"])
    x["v"] = _after(p, v, fires)
    return fires


def poisson_process(p: Parameters, x: States, exc: Array, inh: Array, at: Moment) -> Fired:
    """Step neurons that fire by chance."""
    fires: Fired = (at.uniform() < p["p"]) & (x["silent"] == 0)
    x["silent"] = np.where(fires, p["Tref"], np.maximum(x["silent"] - 1, 0))
    return fires


def _fugu_start(p: Parameters, size: int) -> States:
    """Start with V; row n of the others are the spikes that leave in n ticks."""
    return {"v": p["V"], "leaving": np.zeros((LONGEST_SENDING, size))}


def lif_fugu(p: Parameters, x: States, exc: Array, inh: Array, at: Moment) -> Fired:
    """Step neurons of Fugu, which fire above the threshold alone, wherever they run; a spike leaves `delay` - 1 ticks later."""
    v = x["v"] + (exc - inh) + p["Vbias"]
    fires = (v > p["Vspike"]) & (at.uniform() < p["p"])
    x["v"] = np.where(fires, p["Vreset"], v * p["decay"])
    leaving, neurons = x["leaving"].copy(), np.flatnonzero(fires)
    leaving[p["delay"].astype(np.int64)[neurons] - 1, neurons] = 1
    x["leaving"] = np.concatenate([leaving[1:], np.zeros_like(leaving[:1])])
    leaves: Fired = leaving[0] > 0
    return leaves


def _at_rest(p: Parameters, size: int) -> States:
    return {"v": p["v_reset"], "u": p["recovery_sensitivity"] * p["v_reset"]}


def izhikevich(p: Parameters, x: States, exc: Array, inh: Array, at: Moment) -> Fired:
    """Step Izhikevich's neurons."""
    v, u = x["v"], x["u"]
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(2):
            v = v + 0.5 * (((0.04 * v) * v + 5.0 * v + 140.0) - u + ((exc - inh) + p["i_offset"]))
        u = u + p["recovery_decay"] * (p["recovery_sensitivity"] * v - u)
    fires = at.reaches(v, PEAK)
    x["v"] = np.where(fires, p["v_reset"], v)
    x["u"] = np.where(fires, u + p["reset_recovery_increment"], u)
    return fires


REFERENCES = {
    "lif": Reference(_at_init, lif),
    "lif_no_delay": Reference(_at_init, lif),
    "lif_conv2d": Reference(_at_init, lif),
    "lif_curr_exp": Reference(_at_init, lif_curr_exp),
    "lif_curr_exp_no_delay": Reference(_at_init, lif_curr_exp),
    "alif": Reference(_at_init, alif),
    "lif_prob": Reference(_at_init, lif_prob),
    "poisson_process": Reference(lambda p, size: {"silent": np.zeros(size)}, poisson_process),
    "lif_fugu": Reference(_fugu_start, lif_fugu),
    "izhikevich": Reference(_at_rest, izhikevich),
}
