"""network.init = "auto": initial weights with which the neurons of a chain reach their threshold on the scenario's own samples.

With h(t) the voltage that a spike with weight 1 leaves t steps later, a neuron whose weights have mean m and standard deviation s has, at
the time when its mean drive is greatest, a voltage of mean m U and standard deviation s sqrt(Q) over the neurons of its population, where

    U = sum over its input spikes of h(t),        Q = sum over its input neurons of (sum over their spikes of h(t))^2.

The weights are drawn from the normal distribution with

    m = theta min(1 / U + MARGIN, MOST / U),        s = SPREAD theta / sqrt(Q),

theta being the threshold: the mean neuron stays above its threshold while all its weights fall by MARGIN theta. An optimizer such as Adam
changes every weight by about the learning rate in each batch, and without a margin a population with many inputs is soon silent. U and
Q of the first projection are means over training samples. Neurons of a hidden population are taken to spike once in half of the samples, at
times distributed as those of the input spikes. Numbers are rounded to three digits, so that every machine draws the same weights.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.scenario.data.dataset import Dataset
from spinn2sim.scenario.keys import AUTO_INIT, Network, Scenario


class Aim(NamedTuple):
    """The drive at which weights are aimed, in units of the threshold: MARGIN of each weight, MOST in all, SPREAD over neurons."""

    margin: float
    most: float
    spread: float


# A readout has no threshold to reach, but learns only from voltages above 0, where it starts: its drive is small and positive.
HIDDEN, OUTPUT, READOUT = Aim(0.2, 2.0, 0.4), Aim(0.2, 4.0, 0.4), Aim(0.0, 0.1, 0.03)
# The share of hidden neurons that spike in a sample.
ACTIVE = 0.5
# The most samples that are looked at, and the most values in their voltages.
MOST_SAMPLES, MOST_VALUES = 256, 1 << 22

Response = NDArray[np.float64]


class Drive(NamedTuple):
    """What a neuron with weights 1 gets at the time when its mean drive is greatest."""

    # U and Q, as above
    voltage: float
    squares: float


def with_init(scenario: Scenario, train: Dataset) -> Scenario:
    """Return a scenario of a chain with numbers in place of init = "auto"; any other as it is. `train` are its training samples."""
    network = scenario.network
    if network.init != AUTO_INIT or network.hidden is None:
        return scenario
    response, times = spike_response(network), _time_shares(train, network.steps)
    drives = [_input_drive(train, network.steps, response)]
    drives += [_hidden_drive(size, times, response, k + 1) for k, size in enumerate(network.hidden)]
    aims = [HIDDEN] * len(network.hidden) + [READOUT if scenario.has_readout else OUTPUT]
    pairs = [_pair(aim, drive, network.threshold) for aim, drive in zip(aims, drives, strict=True)]
    return replace(scenario, network=replace(network, init=tuple(pairs)))


def spike_response(network: Network) -> Response:
    """Return h [steps]: the voltage 0, 1, ... steps after a spike of weight 1, by the equations of docs/reference/equations.md."""
    decay_i, decay_v = np.exp(-network.dt_ms / network.tau_syn_ms), np.exp(-network.dt_ms / network.tau_mem_ms)
    current, voltage, found = 0.0, 0.0, np.zeros(network.steps)
    for step in range(1, network.steps):
        current = 1.0 if step == 1 else decay_i * current
        voltage = decay_v * voltage + (1 - decay_v) * current
        found[step] = voltage
    return found


def _pair(aim: Aim, drive: Drive, threshold: float) -> tuple[float, float]:
    mean = min(1 / drive.voltage + aim.margin, aim.most / drive.voltage)
    return _rounded(mean * threshold), _rounded(aim.spread * threshold / np.sqrt(drive.squares))


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")


def _input_drive(train: Dataset, steps: int, response: Response) -> Drive:
    """Return the mean drive of the samples' own spikes."""
    count = max(1, min(len(train), MOST_SAMPLES, MOST_VALUES // (steps * train.n_inputs)))
    spikes = train.dense(np.linspace(0, len(train) - 1, count).astype(np.int64), steps)
    found = []
    for sample in range(count):
        trace = _convolved(spikes[:, sample].astype(np.float64), response)
        last = int(np.argmax(trace.sum(axis=1)))
        found.append((float(trace[last].sum()), float(np.square(trace[last]).sum())))
    voltage, squares = np.mean(found, axis=0).tolist()
    if voltage <= 0:  # no spike in time: as if all came at once
        return Drive(train.n_inputs * float(response.max()), train.n_inputs * float(response.max()) ** 2)
    return Drive(voltage, squares)


def _hidden_drive(neurons: int, times: NDArray[np.float64], response: Response, later: int) -> Drive:
    """Return the drive from `neurons` of which ACTIVE spike once, at the times of input spikes and `later` steps more."""
    rate = neurons * ACTIVE * np.concatenate([np.zeros(later), times])[: len(times)]
    voltage = _convolved(rate[:, None], response)[:, 0]
    last = int(np.argmax(voltage))
    squares = float(_convolved(rate[:, None], np.square(response))[last, 0])
    if voltage[last] <= 0:
        return Drive(neurons * ACTIVE * float(response.max()), neurons * ACTIVE * float(response.max()) ** 2)
    return Drive(float(voltage[last]), squares)


def _convolved(spikes: NDArray[np.float64], response: Response) -> NDArray[np.float64]:
    """Return the voltage [steps, n] of spikes [steps, n]."""
    found = np.zeros_like(spikes)
    for step in np.flatnonzero(spikes.any(axis=1)):
        found[step:] += response[: len(spikes) - step, None] * spikes[step]
    return found


def _time_shares(train: Dataset, steps: int) -> NDArray[np.float64]:
    """Return the share of all input spikes in each step [steps]; without spikes, all in step 0."""
    counts = np.bincount(train.step, minlength=steps)[:steps].astype(np.float64)
    if not counts.any():
        counts[0] = 1.0
    shares: NDArray[np.float64] = counts / counts.sum()
    return shares
