"""The mirror's gradient of one spike time with respect to one weight, for tau_syn = tau_mem, where the exact gradient is known.

One input spike at t = 0 with weight w: V(t) = w (t/tau) exp(-t/tau), so the first crossing is t = -tau W0(-1/w) and
dt/dw = -(t/w) / (1 - t/tau). With a single output the softmax is 1 and the loss is just a (exp(t/b) - 1). Its gradient, divided by the
slope a/b exp(t/b), is the mirror's dt/dw.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spinn2sim.graph import chain
from spinn2sim.mirror import Mirror, record_batch
from spinn2sim.scenario.data.dataset import Dataset, dataset_from_steps
from spinn2sim.scenario.keys import Loss, Network, Optimizer, Scenario, Training

TAU_MS = 1000.0  # tau = 1 s, so that the mirror's gradient, which is in seconds, is in units of tau


def single_synapse(steps_per_tau: int) -> Scenario:
    """Make a scenario with one input, one output and dt = tau / steps_per_tau, long enough for the spike of any weight above 1.001 e."""
    dt_ms, steps = TAU_MS / steps_per_tau, steps_per_tau + steps_per_tau // 4 + 8
    network = Network(
        hidden=(), steps=steps, dt_ms=dt_ms, tau_mem_ms=TAU_MS, tau_syn_ms=TAU_MS, init=((0.0, 0.0),),
        integrator="exponential_euler", reset="to_zero",
    )  # fmt: skip
    loss = Loss(xi_ms=dt_ms, a=float(steps), b_ms=steps * dt_ms)  # the loss has the slope exp(t / steps), 1 to e
    return Scenario("one synapse", network, loss, Optimizer(1.0), Training(0, 1))


def discrete_time_and_slope(weight: float, steps_per_tau: int) -> tuple[float, float]:
    """Compute (t, dt/dw) with the float64 mirror, in units of tau. Raises ValueError if the neuron stays silent."""
    scenario = single_synapse(steps_per_tau)
    one_spike: Dataset = dataset_from_steps(np.zeros((1, 1), np.int64), np.zeros(1, np.int64), 1)
    mirror = Mirror(scenario, chain((1, 1), False, TAU_MS, TAU_MS), [np.array([[weight]])], "float64")
    record = record_batch(mirror, one_spike, np.zeros(1, np.int64))
    t = int(record.first_spike[0, 0])
    if t >= scenario.network.steps - 1:
        raise ValueError(f"a weight of {weight} gives no spike in {scenario.network.steps} steps")
    return t / steps_per_tau, float(record.grad[0][0, 0]) / math.exp(t / scenario.network.steps)


def relative_errors(
    weights: NDArray[np.float64], slopes: NDArray[np.float64], steps_per_tau: int
) -> NDArray[np.float64]:
    """Compute |dt/dw of the mirror - slope| / |slope| per weight; `slopes` are those of the closed form."""
    found = np.array([discrete_time_and_slope(float(w), steps_per_tau)[1] for w in weights])
    return np.asarray(np.abs(found - slopes) / np.abs(slopes), np.float64)


def convergence_order(steps_per_tau: Sequence[int], mean_errors: Sequence[float]) -> float:
    """Fit the exponent p of error = c dt^p, by least squares in logarithms."""
    return -float(np.polyfit(np.log(steps_per_tau), np.log(mean_errors), 1)[0])
