"""The neuron models of scripts that are built in: kernels that advance a neuron by a tick, and what they declare.

A kernel gets the rows of a neuron's parameters and states, in the order of their declaration below. Equations are in
docs/reference/scripts.md. Of the models that are approximate, the order of the original's updates is not published.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from firmware_models.chance import uniform
from firmware_models.charges import (
    SCRIPT_ADAPTIVE_NEURON,
    SCRIPT_CHANCE_NEURON,
    SCRIPT_CURRENT_NEURON,
    SCRIPT_IZHIKEVICH_NEURON,
    SCRIPT_NEURON,
    SCRIPT_OWN_CYCLE,
)
from firmware_models.jit.compiler import kernel
from firmware_models.neuron_model import MOST_WEIGHT, REQUIRED, RESET, RESETS, NeuronModel, Row, Start

# Columns of all LIF models: parameters, and the first state.
THRESHOLD, ALPHA, OFFSET, V_RESET, V_INIT, SUBTRACTS = range(6)
V = 0
# Further columns: lif_curr_exp; alif; lif_prob; poisson_process; izhikevich.
EXC_DECAY, INH_DECAY, T_REFRAC, EXC, INH, SILENT = 6, 7, 8, 1, 2, 3
ADP_DECAY, ADP_INC, T_REFRACT, RISE, V_TH, RESTING = 6, 7, 8, 1, 2, 3
FIRING_PROB = 6
P, T_REF, PAUSE = 0, 1, 0
F_V, F_SPIKE, F_RETAINS, F_BIAS, F_RESET, F_P, F_DELAY, LOW, HIGH = 0, 1, 2, 3, 4, 5, 6, 1, 2
A, B, C, D, CURRENT, U = 0, 1, 2, 3, 4, 1
BIT, HALF_WORD, LOWER, LONGEST_SENDING = np.int64(1), np.int64(16), np.int64(0xFFFF), 32
ONE, HALF = np.float32(1.0), np.float32(0.5)
SQUARE, LINEAR, CONSTANT, PEAK = np.float32(0.04), np.float32(5.0), np.float32(140.0), np.float32(30.0)


@kernel
def integrate(p: Row, x: Row, exc: Any, inh: Any) -> None:
    """Let v decay, and add the input."""
    x[V] = x[V] * p[ALPHA] + ((exc - inh) + p[OFFSET])


@kernel
def reset_v(p: Row, x: Row) -> None:
    """Reset v of a neuron that fires."""
    x[V] = x[V] - p[THRESHOLD] if p[SUBTRACTS] != 0 else p[V_RESET]


@kernel
def lif(p: Row, x: Row, exc: Any, inh: Any, name: Any) -> bool:
    """Advance a LIF neuron whose input acts for one tick."""
    integrate(p, x, exc, inh)
    fires: bool = x[V] >= p[THRESHOLD]
    if fires:
        reset_v(p, x)
    return fires


@kernel
def lif_curr_exp(p: Row, x: Row, exc: Any, inh: Any, name: Any) -> bool:
    """Advance a LIF neuron whose input decays exponentially. While it is refractory v stays, and is compared all the same."""
    x[EXC] = p[EXC_DECAY] * x[EXC] + exc
    x[INH] = p[INH_DECAY] * x[INH] + inh
    if x[SILENT] > 0:
        x[SILENT] = x[SILENT] - ONE
    else:
        integrate(p, x, x[EXC], x[INH])
    fires: bool = x[V] >= p[THRESHOLD]
    if fires:
        reset_v(p, x)
        x[SILENT] = p[T_REFRAC]
    return fires


@kernel
def alif(p: Row, x: Row, exc: Any, inh: Any, name: Any) -> bool:
    """Advance a LIF neuron whose threshold rises with each spike and decays."""
    if x[RESTING] > 0:
        x[RESTING] = x[RESTING] - ONE
    else:
        integrate(p, x, exc, inh)
    x[RISE] = x[RISE] * p[ADP_DECAY]
    fires: bool = x[V] >= p[THRESHOLD] + x[RISE]
    if fires:
        reset_v(p, x)
        x[RESTING] = p[T_REFRACT]
        x[RISE] = x[RISE] + p[ADP_INC]
    x[V_TH] = p[THRESHOLD] + x[RISE]
    return fires


@kernel
def lif_prob(p: Row, x: Row, exc: Any, inh: Any, name: Any) -> bool:
    """Advance a LIF neuron that fires by chance at its threshold."""
    integrate(p, x, exc, inh)
    fires: bool = x[V] >= p[THRESHOLD] and uniform(name) < p[FIRING_PROB]
    if fires:
        reset_v(p, x)
    return fires


@kernel
def poisson_process(p: Row, x: Row, exc: Any, inh: Any, name: Any) -> bool:
    """Fire by chance, unless a spike was a short time ago."""
    if x[PAUSE] > 0:
        x[PAUSE] = x[PAUSE] - ONE
        return False
    fires: bool = uniform(name) < p[P]
    if fires:
        x[PAUSE] = p[T_REF]
    return fires


@kernel
def izhikevich(p: Row, x: Row, exc: Any, inh: Any, name: Any) -> bool:
    """Advance Izhikevich's neuron: v in two half steps and u in one."""
    for _ in range(2):
        v = x[V]
        x[V] = v + HALF * (((SQUARE * v) * v + LINEAR * v + CONSTANT) - x[U] + ((exc - inh) + p[CURRENT]))
    x[U] = x[U] + p[A] * (p[B] * x[V] - x[U])
    fires: bool = x[V] >= PEAK
    if fires:
        x[V] = p[C]
        x[U] = x[U] + p[D]
    return fires


@kernel
def lif_fugu(p: Row, x: Row, exc: Any, inh: Any, name: Any) -> bool:
    """Advance a neuron of Fugu, and say whether a spike leaves: it does so `delay` - 1 ticks after the neuron fired.

    Bit n of two states, 16 bits of each, is a spike that leaves in n ticks.
    """
    x[V] = x[V] + (exc - inh) + p[F_BIAS]
    waiting = np.int64(x[LOW]) | (np.int64(x[HIGH]) << HALF_WORD)
    if x[V] > p[F_SPIKE] and uniform(name) < p[F_P]:
        x[V] = p[F_RESET]
        waiting |= BIT << (np.int64(p[F_DELAY]) - BIT)
    else:
        x[V] = x[V] * p[F_RETAINS]
    leaves: bool = waiting & BIT == BIT
    waiting >>= BIT
    x[LOW] = np.float32(waiting & LOWER)
    x[HIGH] = np.float32(waiting >> HALF_WORD)
    return leaves


# The operation of each kernel's update; others are charged as SCRIPT_NEURON, or by their own cycles.
COST_KEYS: dict[Any, Any] = {
    lif: SCRIPT_NEURON, lif_curr_exp: SCRIPT_CURRENT_NEURON, alif: SCRIPT_ADAPTIVE_NEURON, izhikevich: SCRIPT_IZHIKEVICH_NEURON,
    lif_prob: SCRIPT_CHANCE_NEURON, poisson_process: SCRIPT_CHANCE_NEURON, lif_fugu: SCRIPT_CHANCE_NEURON,
}  # fmt: skip


def charged_as(model: NeuronModel) -> tuple[int, int]:
    """Return the operation as which an update of a model is charged, and how often."""
    if model.cycles is not None:
        return int(SCRIPT_OWN_CYCLE), model.cycles
    key: Any = COST_KEYS.get(model.update, SCRIPT_NEURON)
    return int(key), 1


Defaults = dict[str, float | str | None]
CHANCES = (0.0, 1.0)
LIF: Defaults = {
    "threshold": REQUIRED, "alpha_decay": REQUIRED, "i_offset": 0.0, "v_reset": 0.0, "v_init": 0.0, RESET: RESETS[0],
}  # fmt: skip
LIF_CURRENT: Defaults = {**LIF, "exc_decay": 0.5, "inh_decay": 0.5, "t_refrac": 0.0}
ADAPTIVE: Defaults = {**LIF, "threshold_adp_decay": REQUIRED, "threshold_adp_inc": REQUIRED, "t_refract": 0.0}
LIF_BY_CHANCE: Defaults = {**LIF, "firing_prob": REQUIRED, "seed": 0.0}
POISSON: Defaults = {"p": REQUIRED, "Tref": 0.0, "seed": 0.0}
IZHIKEVICH: Defaults = {
    "recovery_decay": REQUIRED, "recovery_sensitivity": REQUIRED, "v_reset": REQUIRED, "reset_recovery_increment": REQUIRED,
    "i_offset": 0.0,
}  # fmt: skip
FUGU: Defaults = {
    "V": 0.0,
    "Vspike": 127.0,
    "decay": 0.0,
    "Vbias": 0.0,
    "Vreset": 0.0,
    "p": 1.0,
    "delay": 1.0,
    "seed": 0.0,
}
FUGU_BOUNDS: dict[str, tuple[float, float]] = {"p": CHANCES, "delay": (1.0, LONGEST_SENDING)}
AT_INIT: dict[str, Start] = {"v": "v_init"}
CURRENTS: dict[str, Start] = {**AT_INIT, "exc": 0.0, "inh": 0.0, "silent": 0.0}
RISES: dict[str, Start] = {**AT_INIT, "rise": 0.0, "v_th": "threshold", "resting": 0.0}
U_AT_REST: dict[str, Start] = {"v": "v_reset", "u": lambda p: p["recovery_sensitivity"] * p["v_reset"]}

NO_DELAY: dict[str, Any] = {"most_weight": MOST_WEIGHT, "delays": False}
NO_INPUT: dict[str, Any] = {"most_weight": 0, "takes_spikes": False}
BUILT_IN = {
    model.name: model
    for model in (
        NeuronModel("spike_list", None, record=(), **NO_INPUT),
        NeuronModel("lif", lif, LIF, AT_INIT),
        NeuronModel("lif_no_delay", lif, LIF, AT_INIT, **NO_DELAY),
        NeuronModel("lif_conv2d", lif, LIF, AT_INIT, **NO_DELAY),
        NeuronModel("lif_curr_exp", lif_curr_exp, LIF_CURRENT, CURRENTS, whole=("t_refrac",)),
        NeuronModel(
            "lif_curr_exp_no_delay", lif_curr_exp, LIF_CURRENT, CURRENTS, whole=("t_refrac",), **NO_DELAY
        ),
        NeuronModel("alif", alif, ADAPTIVE, RISES, ("v", "v_th"), whole=("t_refract",), approximate=True),
        NeuronModel(
            "lif_prob", lif_prob, LIF_BY_CHANCE, AT_INIT, whole=("seed",), bounds={"firing_prob": CHANCES}, approximate=True
        ),
        NeuronModel(
            "lif_fugu", lif_fugu, FUGU, {"v": "V", "low": 0.0, "high": 0.0}, whole=("delay", "seed"), bounds=FUGU_BOUNDS,
            approximate=True, **NO_DELAY,
        ),
        NeuronModel("izhikevich", izhikevich, IZHIKEVICH, U_AT_REST, approximate=True),
        NeuronModel(
            "poisson_process", poisson_process, POISSON, {"pause": 0.0}, (), whole=("Tref", "seed"), bounds={"p": CHANCES},
            approximate=True, **NO_INPUT,
        ),
    )
}  # fmt: skip
