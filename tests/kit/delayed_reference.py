"""A recurrent network with delays in continuous time, for tau_mem = 2 tau_syn: exact spike times, and their exact derivatives.

Between events V = (v + i) x - i x^2 with x = exp(-t / tau_mem), so a crossing is the root of a quadratic. Its derivative follows from
V(t) = threshold by the implicit function theorem, forward through all spikes, for every weight and delay at once: there is no adjoint and
no grid, and no line is shared with the package. Times are in ms.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
TAU_MEM, TAU_SYN, THRESHOLD = 20.0, 10.0, 1.0


@dataclass(frozen=True)
class Synapses:
    """From population `pre` to population `post` (0 is the input): weights and delays (n_post, n_pre)."""

    pre: int
    post: int
    weights: Floats
    delays: Floats


@dataclass(frozen=True)
class Spike:
    """A spike of a neuron of a population, with dt/dp for all parameters: weights and delays of all synapses, flattened in turn."""

    time: float
    population: int
    neuron: int
    slope: Floats
    # I - V just before, which is tau_mem dV/dt; infinite for a spike of an input
    rise: float = math.inf


@dataclass(frozen=True)
class Arrival:
    """A spike at a synapse: when, its weight, the parameter that is this weight, and du/dp of the time."""

    time: float
    weight: float
    parameter: int
    slope: Floats


@dataclass
class Neuron:
    """V and I at `now`, and what they are made of: all arrivals, when V last started from 0 (after a rest), and dr/dp of that."""

    v: float = 0.0
    i: float = 0.0
    now: float = 0.0
    reset: float = -math.inf
    reset_slope: Floats | None = None
    arrivals: list[Arrival] = field(default_factory=list)

    def go_to(self, time: float) -> None:
        """Integrate up to `time`, without a spike; V stays 0 up to the reset, and I goes on."""
        held = min(time, max(self.now, self.reset))
        self.i, self.now = self.i * math.exp(-(held - self.now) / TAU_SYN), held
        x = math.exp(-(time - self.now) / TAU_MEM)
        self.v, self.i, self.now = (self.v + self.i) * x - self.i * x * x, self.i * x * x, time

    def next_spike(self) -> float:
        """When V comes up to the threshold if nothing else arrives; inf if it never does."""
        if self.reset > self.now:
            later = Neuron(self.v, self.i, self.now, self.reset)
            later.go_to(self.reset)
            return later.next_spike()
        root = (self.v + self.i) ** 2 - 4 * self.i * THRESHOLD
        if self.i <= 0 or root < 0:
            return math.inf
        x = ((self.v + self.i) + math.sqrt(root)) / (2 * self.i)
        return self.now - TAU_MEM * math.log(x) if 0 < x < 1 else math.inf

    def spike_slope(self, parameters: int) -> Floats:
        """dt/dp of a spike at `now`: -(dV/dp) / (dV/dt)."""
        dv = np.zeros(parameters)
        for one in self.arrivals:
            if one.time >= self.reset:  # a spike comes back after the reset, also without a delay
                dv[one.parameter] += kernel(self.now - one.time)
                dv -= one.weight * kernel_slope(self.now - one.time) * one.slope
            else:
                left, since = math.exp(-(self.reset - one.time) / TAU_SYN), kernel(self.now - self.reset)
                dv[one.parameter] += left * since
                dv += one.weight * left * since / TAU_SYN * (one.slope - self.reset_slope)
                dv -= one.weight * left * kernel_slope(self.now - self.reset) * self.reset_slope
        return -dv / ((self.i - THRESHOLD) / TAU_MEM)


def kernel(t: float) -> float:
    """V a time t after a spike of weight 1 arrived."""
    return math.exp(-t / TAU_MEM) - math.exp(-t / TAU_SYN)


def kernel_slope(t: float) -> float:
    """Its derivative."""
    return math.exp(-t / TAU_SYN) / TAU_SYN - math.exp(-t / TAU_MEM) / TAU_MEM


@dataclass(frozen=True)
class Network:
    """Populations of these sizes, input first, and what joins them."""

    sizes: tuple[int, ...]
    synapses: tuple[Synapses, ...]
    # How long V stays at 0 after a spike.
    rest: float = 0.0

    @property
    def parameters(self) -> int:
        """The number of weights and delays."""
        return 2 * sum(s.weights.size for s in self.synapses)

    def arrivals(self, spike: Spike) -> Iterator[tuple[float, int, int, int, Arrival]]:
        """What a spike does: (time, parameter, population, neuron, arrival)."""
        first = 0
        for s in self.synapses:
            for k, j in np.ndindex(s.weights.shape) if s.pre == spike.population else ():
                if j == spike.neuron:
                    at = first + k * s.weights.shape[1] + j
                    slope = spike.slope.copy()
                    slope[at + s.weights.size] += 1.0
                    time = spike.time + float(s.delays[k, j])
                    yield time, at, s.post, k, Arrival(time, float(s.weights[k, j]), at, slope)
            first += 2 * s.weights.size

    def spikes(self, inputs: list[tuple[float, int]], end: float) -> list[Spike]:
        """All spikes of the neurons before `end`, in order; inputs: (time, neuron)."""
        nothing = np.zeros(self.parameters)
        waiting = [e for time, j in inputs for e in self.arrivals(Spike(time, 0, j, nothing))]
        heapq.heapify(waiting)
        neurons = {(p, k): Neuron() for p, size in enumerate(self.sizes) if p for k in range(size)}
        found: list[Spike] = []
        while True:
            (p, k), fires = min(((at, n.next_spike()) for at, n in neurons.items()), key=lambda e: e[1])
            arrives = waiting[0][0] if waiting else math.inf
            if min(fires, arrives) >= end:
                return found
            if fires < arrives:
                neuron = neurons[p, k]
                neuron.go_to(fires)
                spike = Spike(fires, p, k, neuron.spike_slope(self.parameters), neuron.i - THRESHOLD)
                neuron.v, neuron.reset, neuron.reset_slope = 0.0, fires + self.rest, spike.slope
                found.append(spike)
                for event in self.arrivals(spike):
                    heapq.heappush(waiting, event)
            else:
                time, _, p, k, one = heapq.heappop(waiting)
                neuron = neurons[p, k]
                neuron.go_to(time)
                neuron.i += one.weight
                neuron.arrivals.append(one)

    def least_gap(self, spikes: list[Spike], inputs: list[tuple[float, int]]) -> float:
        """Return the shortest time between a spike, or the end of the rest after it, and an arrival at its neuron."""
        nothing = np.zeros(self.parameters)
        arrivals: dict[tuple[int, int], list[float]] = {}
        for source in [*(Spike(time, 0, j, nothing) for time, j in inputs), *spikes]:
            for time, _, p, k, _ in self.arrivals(source):
                arrivals.setdefault((p, k), []).append(time)
        return min(
            abs(t - s.time - r) for s in spikes for t in arrivals[s.population, s.neuron] for r in (0.0, self.rest)
        )

    def split(self, slope: Floats) -> tuple[list[Floats], list[Floats]]:
        """A gradient by synapses: of weights and of delays, each (n_post, n_pre)."""
        weights, delays, first = [], [], 0
        for s in self.synapses:
            n = s.weights.size
            weights.append(slope[first : first + n].reshape(s.weights.shape))
            delays.append(slope[first + n : first + 2 * n].reshape(s.weights.shape))
            first += 2 * n
        return weights, delays


def first_spike_gradient(
    spikes: list[Spike], population: int, size: int, label: int, loss: tuple[float, float, float]
) -> Floats:
    """dL/dp of softmax(-t / xi) cross-entropy plus a exp(t / b) of the label's first spike; loss: (xi, a, b) in ms."""
    xi, a, b = loss
    first = [next(s for s in spikes if (s.population, s.neuron) == (population, k)) for k in range(size)]
    p = np.exp([-(s.time - first[0].time) / xi for s in first])
    p /= p.sum()
    total = np.zeros_like(first[0].slope)
    for k, spike in enumerate(first):
        hit = float(k == label)
        total += ((hit - p[k]) / xi + hit * a / b * math.exp(spike.time / b)) * spike.slope
    return total
