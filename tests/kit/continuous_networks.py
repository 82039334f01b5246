"""Random small networks in continuous time, their forward and backward passes, and their derivatives by differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from spinn2sim.experiments.continuous.circuits import MANY_SPIKES, Circuits
from spinn2sim.experiments.continuous.feed_forward import layer_spikes
from spinn2sim.experiments.continuous.membrane_peaks import Peaks
from spinn2sim.experiments.continuous.spike_adjoint import layer_gradient
from spinn2sim.experiments.continuous.spikes import Spikes

Floats = NDArray[np.float64]
STEP = 3e-6  # of a central difference, in units of a weight of threshold size and of tau_mem
MIN_SLOPE = 0.05  # below this D (in thresholds) the time of a spike is no smooth function within a step
LEAST_GAP = 3e-4  # in tau_mem

# tau_syn / tau_mem: equal, nearly equal from both sides, a half, twice, and anything
ratios = st.sampled_from([1.0, 1.0 + 1e-13, 1.0 - 1e-9, 1.0 + 1e-6, 1.0 - 1e-4, 0.5, 2.0, 5.0]) | st.floats(0.2, 5.0)
seeds = st.integers(0, 2**32 - 1)


@dataclass(frozen=True)
class Net:
    """Layers of weights (n_out, n_in) with their circuits, the input of a batch, and when it ends."""

    inputs: Spikes
    weights: tuple[Floats, ...]
    circuits: tuple[Circuits, ...]
    t_end: float


def random_spikes(rng: np.random.Generator, samples: int, size: int, last: float) -> Spikes:
    """Up to three spikes per neuron and sample before `last`."""
    sample, neuron, _ = np.nonzero(rng.random((samples, size, 3)) < 0.7)
    times = rng.uniform(0.0, last, len(sample))
    order = np.lexsort((times, sample))
    offsets = np.zeros(samples + 1, np.int64)
    np.cumsum(np.bincount(sample, minlength=samples), out=offsets[1:])
    return Spikes(times[order], neuron[order].astype(np.int32), offsets, size)


def random_circuits(rng: np.random.Generator, size: int, tau: float, ratio: float, spread: float) -> Circuits:
    """tau_mem = tau, tau_syn = ratio tau, threshold 1; `spread` is a relative deviation of each value of each circuit."""
    around = np.exp(spread * rng.normal(size=(3, size)))
    return Circuits(tau * around[0], tau * ratio * around[1], around[2], MANY_SPIKES)


def random_net(seed: int, sizes: Sequence[int], ratio: float, spread: float = 0.0, tau: float = 1.0) -> Net:
    """A network of `sizes` (input first) that fires some, over two samples and six tau_mem."""
    rng = np.random.default_rng(seed)
    inputs = random_spikes(rng, 2, sizes[0], 3.0 * tau)
    weights = tuple(rng.normal(1.0, 1.5, (out, fed)) for fed, out in pairwise(sizes))
    circuits = tuple(random_circuits(rng, out, tau, ratio, spread) for out in sizes[1:])
    return Net(inputs, weights, circuits, 6.0 * tau)


def forward(net: Net) -> list[Spikes]:
    """The spikes of each layer, the input first."""
    layers = [net.inputs]
    for weights, circuits in zip(net.weights, net.circuits, strict=True):
        layers.append(layer_spikes(layers[-1], weights, circuits, net.t_end))
    return layers


def backward(
    net: Net, layers: list[Spikes], g: Floats, peaks: tuple[Peaks, Floats] | None = None
) -> tuple[list[Floats], Floats]:
    """dL/dW of each layer, and dL/dt of the input spikes, from dL/dt of the last layer's spikes or from dL/dV of its peaks."""
    gradients: list[Floats] = []
    for k in range(len(net.weights) - 1, -1, -1):
        own = layers[k + 1]
        weights, g = layer_gradient(layers[k], own, net.weights[k], net.circuits[k], g, peaks)
        gradients.insert(0, weights)
        peaks = None
    return gradients, g


def by_neuron(spikes: Spikes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The order by sample, neuron, time, and (sample, neuron) as one number in that order: a spike keeps its place when others move."""
    cell = np.repeat(np.arange(spikes.samples), np.diff(spikes.offsets)) * spikes.size + spikes.neurons
    order = np.lexsort((spikes.times, cell))
    return order, cell[order]


def smooth(net: Net, layers: list[Spikes]) -> bool:
    """Whether no spike nearly vanishes (D is near 0), and none is so near to an input of its layer that the two could change places."""
    for k, (weights, circuits) in enumerate(zip(net.weights, net.circuits, strict=True)):
        fed, own = layers[k], layers[k + 1]
        for sample in range(own.samples):
            inputs, outputs = (slice(s.offsets[sample], s.offsets[sample + 1]) for s in (fed, own))
            times, pres = fed.times[inputs], fed.neurons[inputs]
            for t, neuron in zip(own.times[outputs], own.neurons[outputs], strict=True):
                decay = np.where(times < t, np.exp((times - t) / circuits.tau_syn[neuron]), 0.0)
                slope = weights[neuron, pres] @ decay / circuits.threshold[neuron] - 1.0
                if slope < MIN_SLOPE or np.abs(times - t).min() < LEAST_GAP * circuits.tau_mem[neuron]:
                    return False
    return True


@dataclass(frozen=True)
class Direction:
    """A way to move all weights and all input times at once."""

    weights: tuple[Floats, ...]
    times: Floats

    def moved(self, net: Net, step: float) -> Net:
        """The network a `step` along; input spikes stay ordered in time."""
        sample = np.repeat(np.arange(net.inputs.samples), np.diff(net.inputs.offsets))
        times = net.inputs.times + step * self.times
        order = np.lexsort((times, sample))
        inputs = replace(net.inputs, times=times[order], neurons=net.inputs.neurons[order])
        weights = tuple(w + step * d for w, d in zip(net.weights, self.weights, strict=True))
        return replace(net, inputs=inputs, weights=weights)

    def along(self, gradients: Sequence[Floats], errors: Floats) -> tuple[float, float]:
        """The derivative in this direction, and the sum of its terms' sizes."""
        terms = [d * g for d, g in zip(self.weights, gradients, strict=True)] + [self.times * errors]
        return float(sum(t.sum() for t in terms)), float(sum(np.abs(t).sum() for t in terms))


def random_direction(seed: int, net: Net) -> Direction:
    """Standard normal in all weights, and in all input times in units of the first tau_mem."""
    rng = np.random.default_rng([seed, 1])
    tau = float(net.circuits[0].tau_mem[0])
    return Direction(tuple(rng.normal(size=w.shape) for w in net.weights), tau * rng.normal(size=len(net.inputs.times)))


def derivative(net: Net, direction: Direction, loss: Callable[[Net], float]) -> tuple[float, float]:
    """Two central differences of `loss`, extrapolated (Richardson), and how much they differ."""
    wide, narrow = (
        (loss(direction.moved(net, step)) - loss(direction.moved(net, -step))) / (2.0 * step)
        for step in (STEP, STEP / 2)
    )
    return (4.0 * narrow - wide) / 3.0, abs(wide - narrow)
