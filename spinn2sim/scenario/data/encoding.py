"""Latency encodings, with one spike per input, earlier for larger values. Halves are rounded to even; nothing is clipped.

Values below encoding.silent_below make no spike.

latency_steps is the authors' recipe: step = round(2 + (T - 3) min(1 - x, 0.99)), with a bias in step 0. For the largest 1 - x this is
step T - 1, whose spikes have no effect. latency_time: t = t_first + (t_last - t_first) (1 - x), step = round(t / dt).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spinn2sim.scenario.data.dataset import NO_SPIKE
from spinn2sim.scenario.keys import Scenario


def spike_steps(values: NDArray[np.float64], scenario: Scenario) -> NDArray[np.int32]:
    """Encode values [n, d] in 0..1 as steps [n, d], NO_SPIKE below silent_below.

    The defaults of the encoding must be filled in, as `scenario.load` does.
    """
    encoding, network = scenario.encoding, scenario.network
    if encoding.kind == "latency_steps":
        steps = np.rint(2 + (network.steps - 3) * np.minimum(1 - values, 0.99))
    else:
        first, last = encoding.t_first_ms or 0.0, encoding.t_last_ms or 0.0
        steps = np.rint((first + (last - first) * (1 - values)) / network.dt_ms)
    encoded: NDArray[np.int32] = np.where(values < encoding.silent_below, NO_SPIKE, steps).astype(np.int32)
    return encoded


def encoded_steps(values: NDArray[np.float64], scenario: Scenario) -> NDArray[np.int32]:
    """Encode values [n, d] in 0..1 as steps of all inputs: the values, behind them with encoding.complement 1 - x of each, and the bias."""
    if scenario.encoding.complement:
        values = np.hstack([values, 1 - values])
    steps = spike_steps(values, scenario)
    return with_bias(steps, scenario) if scenario.has_bias else steps


def bias_step(scenario: Scenario) -> int:
    """Return the step in which the bias input spikes."""
    if scenario.encoding.kind == "latency_steps":
        return 0
    return round((scenario.encoding.bias_ms or 0.0) / scenario.network.dt_ms)


def with_bias(steps: NDArray[np.int32], scenario: Scenario) -> NDArray[np.int32]:
    """Add one more input, the bias, to steps [n, d]."""
    return np.hstack([steps, np.full((len(steps), 1), bias_step(scenario), np.int32)])
