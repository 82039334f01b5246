"""The gradients of recurrent networks with delays converge to the exact ones of continuous time when the time step is halved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from delayed_reference import TAU_MEM, TAU_SYN, Network, Synapses, first_spike_gradient
from spinn2sim.graph import Graph, Population, Projection
from spinn2sim.mirror import Mirror, record_batch
from spinn2sim.scenario.data.dataset import Dataset
from spinn2sim.scenario.keys import Loss, Scenario

Floats = NDArray[np.float64]
Sample = list[tuple[float, int]]
SIZES, END, LOSS = (3, 4, 2), 64.0, (3.0, 0.01, 100.0)
GRIDS = (
    0.25,
    0.125,
    0.0625,
    0.03125,
    0.015625,
    0.0078125,
)  # ms, of which all times of inputs and all delays are multiples
SEEDS = range(250)


def drawn(seed: int, rest: float = 0.0) -> tuple[Network, Sample]:
    """A network with a recurrent population and delays of 0.5 to 6 ms in all projections, and up to two spikes of each input.

    Its neurons rest for `rest` ms after a spike.
    """
    rng = np.random.default_rng(seed)

    def synapses(pre: int, post: int, mean: float, sd: float) -> Synapses:
        shape = (SIZES[post], SIZES[pre])
        return Synapses(pre, post, rng.normal(mean, sd, shape), 0.5 * rng.integers(1, 13, shape))

    network = Network(SIZES, (synapses(0, 1, 1.2, 0.6), synapses(1, 1, 0.1, 0.6), synapses(1, 2, 0.9, 0.5)), rest)
    return network, sorted({(0.5 * int(t), j) for j in range(SIZES[0]) for t in rng.integers(0, 40, 2)})


def on_grid(
    make_scenario: Callable[..., Scenario], network: Network, inputs: Sample, dt: float
) -> tuple[list[list[int]], Floats, Floats]:
    """How often each neuron fired, and the gradients of weights and delays, per ms, with the time step dt."""
    loss = Loss(kind="first_spike", xi_ms=LOSS[0], a=LOSS[1], b_ms=LOSS[2])
    steps = round(END / dt)
    scenario = make_scenario(
        network={"steps": steps, "dt_ms": dt, "tau_mem_ms": TAU_MEM, "tau_syn_ms": TAU_SYN}, loss=loss
    )
    populations = [
        Population("in", SIZES[0], "input"),
        *(Population(f"p{k}", n, "lif", TAU_MEM, TAU_SYN, round(network.rest / dt)) for k, n in enumerate(SIZES) if k),
    ]
    ways = [Projection(s.pre, s.post, "both", round(6.0 / dt)) for s in network.synapses]
    times, neurons = zip(*inputs, strict=True)
    data = Dataset(
        np.array([0, len(inputs)]), np.round(np.array(times) / dt).astype(np.int32), np.array(neurons, np.int32), np.zeros(1, np.int64),
        SIZES[0], SIZES[-1],
    )  # fmt: skip
    mirror = Mirror(
        scenario, Graph(tuple(populations), tuple(ways), 2), [s.weights for s in network.synapses], "float64",
        [np.round(s.delays / dt) for s in network.synapses],
    )  # fmt: skip
    record = record_batch(mirror, data, np.zeros(1, np.int64))
    counts = [z.sum(axis=(0, 1)).tolist() for z in record.spikes]
    weights = np.concatenate([g.ravel() for g in record.grad]) / (dt / 1000)
    delays = np.concatenate([g.ravel() for g in record.delay_grad if g is not None]) / dt
    return counts, weights, delays


def exact(network: Network, inputs: Sample) -> tuple[list[list[int]], Floats, Floats] | None:
    """The same in continuous time; None if an output is silent, or a spike could change places with an arrival or nearly vanishes."""
    spikes = network.spikes(inputs, END)
    fired = [(s.population, s.neuron) for s in spikes]
    counts = [[fired.count((p, k)) for k in range(SIZES[p])] for p in (1, 2)]
    if not all(counts[-1]) or network.least_gap(spikes, inputs) < 0.15 or min(s.rise for s in spikes) < 0.1:
        return None
    weights, delays = network.split(first_spike_gradient(spikes, 2, SIZES[-1], 0, LOSS))
    return counts, np.concatenate([g.ravel() for g in weights]), np.concatenate([g.ravel() for g in delays])


def errors(make_scenario: Callable[..., Scenario], seed: int, rest: float) -> list[tuple[float, float]] | None:
    """The relative errors of the gradients of weights and of delays on each grid; None if a neuron fires more or less often there."""
    network, inputs = drawn(seed, rest)
    wanted = exact(network, inputs)
    found = []
    for dt in GRIDS if wanted is not None else ():
        counts, *gradients = on_grid(make_scenario, network, inputs, dt)
        if counts != wanted[0]:
            return None
        found.append(
            tuple(float(np.linalg.norm(g - e) / np.linalg.norm(e)) for g, e in zip(gradients, wanted[1:], strict=True))
        )
    return found or None


@pytest.mark.parametrize("rest", [0.0, 3.0])
def test_gradients_of_weights_and_delays_converge_with_order_one(
    make_scenario: Callable[..., Scenario], rest: float
) -> None:
    """In recurrent networks with delays both errors fall as dt does, and are below 1 % on the finest grid, a 1280th of tau_syn.

    So do those of neurons that rest for 3 ms after a spike.
    """
    kept = np.array([found for seed in SEEDS if (found := errors(make_scenario, seed, rest))])
    assert len(kept) >= 10
    mean = kept.mean(axis=0)
    for part, name in enumerate(("weights", "delays")):
        order = np.polyfit(np.log(GRIDS), np.log(mean[:, part]), 1)[0]
        assert 0.8 <= order <= 1.2, (name, order)
        assert mean[-1, part] < 0.01, name


@pytest.mark.parametrize("rest", [0.0, 3.0])
def test_the_exact_slopes_are_those_of_differences(rest: float) -> None:
    """The oracle's derivatives of all spike times equal central differences of the spike times, also with a rest after a spike."""
    network, inputs = drawn(3, rest)
    spikes, step = network.spikes(inputs, END), 1e-6
    first = 0
    for q, synapses in enumerate(network.synapses):
        for part in ("weights", "delays"):
            for place in np.ndindex(synapses.weights.shape):
                ends = []
                for sign in (1, -1):
                    moved = getattr(synapses, part).copy()
                    moved[place] += sign * step
                    others = list(network.synapses)
                    others[q] = replace(synapses, **{part: moved})
                    ends.append([s.time for s in replace(network, synapses=tuple(others)).spikes(inputs, END)])
                slopes = (np.array(ends[0]) - np.array(ends[1])) / (2 * step)
                np.testing.assert_allclose([s.slope[first] for s in spikes], slopes, rtol=1e-5, atol=1e-6)
                first += 1
