"""The mirror of a script's network: the same ticks without packets, in float32 with `>=` as the chip, or in float64 with `>`.

It shares nothing with the PEs' program: a network is one array of neurons, whose spikes go into a buffer of the ticks to come.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.graph import Convolution, Graph, ModelPopulation, SynapseList
from spinn2sim.mirror.convolution_mirror import DenseConvolution

Ints = NDArray[np.int64]
SpikeLists = Mapping[int, Ints]
PARAMETERS = ("alpha_decay", "threshold", "i_offset", "v_reset", "v_init", "exc_decay", "inh_decay")
REFRACTORY = ("t_refrac", "t_refract", "Tref")
ADAPTIVE, CHANCE, POISSON, IZHIKEVICH = "alif", "lif_prob", "poisson_process", "izhikevich"
AHEAD = 8


class MirrorResult(NamedTuple):
    """By population: spikes as rows (tick, neuron), sorted, and voltages [tick, neuron] after the reset."""

    spikes: tuple[Ints, ...]
    voltages: tuple[NDArray[Any], ...]


class _Synapses(NamedTuple):
    """The synapses of all projections, sorted by source; those of source n are [begin[n], begin[n + 1])."""

    begin: Ints
    target: Ints
    weight: NDArray[Any]
    delay: Ints

    def of(self, sources: Ints) -> Ints:
        """Return the numbers of the synapses of some sources."""
        first, count = self.begin[sources], self.begin[sources + 1] - self.begin[sources]
        skipped = np.repeat(np.cumsum(count) - count, count)
        found: Ints = np.repeat(first, count) + np.arange(len(skipped)) - skipped
        return found


class _Neurons:
    """The neurons of all populations, one after the other, with their state."""

    def __init__(self, populations: list[ModelPopulation], number: Any, strict: bool) -> None:
        sizes = [p.size for p in populations]
        values = {
            name: np.concatenate([p.parameters.get(name, np.zeros(p.size)) for p in populations]).astype(number)
            for name in PARAMETERS
        }
        self.alpha, self.threshold, self.offset, self.v_reset, v_init, self.exc_decay, self.inh_decay = (
            values[name] for name in PARAMETERS
        )

        def each(name: str) -> NDArray[Any]:
            """Return a parameter of all neurons, 0 where a model does not have it."""
            return np.concatenate([p.parameters.get(name, np.zeros(p.size)) for p in populations]).astype(number)

        self.refractory = np.sum([each(name) for name in REFRACTORY], axis=0).astype(np.int64)
        self.chance = each("firing_prob") + each("p")
        self.adapts, self.rise = each("threshold_adp_decay"), each("threshold_adp_inc")
        self.a, self.b, self.d = (
            each(f"re{n}") for n in ("covery_decay", "covery_sensitivity", "set_recovery_increment")
        )
        self.seed = np.concatenate([p.parameters.get("seed", np.zeros(p.size))[:1].repeat(p.size) for p in populations])
        self.number = np.concatenate([np.arange(p.size) for p in populations])
        self.model = np.repeat(np.array([p.model for p in populations], object), sizes)
        self.curved, self.poisson = self.model == IZHIKEVICH, self.model == POISSON
        self.tick = 0
        self.passive = np.repeat([p.kind == "input" for p in populations], sizes)
        self.subtracts = np.repeat([p.subtracts for p in populations], sizes)
        self.strict = strict
        self.v = v_init.copy()
        self.exc, self.inh = np.zeros_like(self.v), np.zeros_like(self.v)
        self.second = np.where(self.curved, self.b * self.v_reset, np.zeros_like(self.v))
        self.silent = np.zeros(len(self.v), np.int64)

    def step(self, exc: NDArray[Any], inh: NDArray[Any]) -> NDArray[np.bool_]:
        """Update the neurons with the input of a tick, and return which fire. Without decays the currents are the input alone."""
        self.exc = self.exc_decay * self.exc + exc
        self.inh = self.inh_decay * self.inh + inh
        drive = (self.exc - self.inh) + self.offset
        quiet = self.silent > 0
        stays = np.where(quiet, self.v, self.v * self.alpha + drive)
        self.v = np.where(self.curved, self._curve(drive), stays) if self.curved.any() else stays
        self.silent = np.maximum(self.silent - 1, 0)
        self.second = np.where(self.curved, self.second, self.second * self.adapts)
        limit = np.where(self.curved, self.threshold, self.threshold + self.second)
        fires: NDArray[np.bool_] = (self.v > limit if self.strict else self.v >= limit) & ~self.passive
        if self.poisson.any() or (self.model == CHANCE).any():
            lucky = uniform(self.seed, self.tick, self.number) < self.chance
            fires = np.where(self.poisson, lucky & ~quiet, fires & (lucky | (self.model != CHANCE)))
        self.v = np.where(fires, np.where(self.subtracts, self.v - self.threshold, self.v_reset), self.v)
        self.second = np.where(fires, self.second + np.where(self.curved, self.d, self.rise), self.second)
        self.silent = np.where(fires, self.refractory, self.silent)
        self.tick += 1
        return fires

    def _curve(self, drive: NDArray[Any]) -> NDArray[Any]:
        """Return Izhikevich's v after two half steps, and set u."""
        with np.errstate(over="ignore", invalid="ignore"):  # of the other models' neurons
            v = self.v
            for _ in range(2):
                v = v + 0.5 * (((0.04 * v) * v + 5.0 * v + 140.0) - self.second + drive)
            self.second = np.where(self.curved, self.second + self.a * (self.b * v - self.second), self.second)
        return v


def uniform(seed: NDArray[Any], tick: int, neuron: Ints) -> NDArray[np.float32]:
    """Return a random number in [0, 1) for each neuron: the 24 highest bits of splitmix64, as the chip's program draws them."""
    word = (np.uint64(tick << 18) | neuron.astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(
        0x9E3779B97F4A7C15
    )
    word = word + seed.astype(np.uint64)
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((word ^ (word >> np.uint64(31))) >> np.uint64(40)).astype(np.float32) / np.float32(1 << 24)


def mirror_network(
    graph: Graph, spikes: SpikeLists, ticks: int, chip: bool = True, quantize: bool = True
) -> MirrorResult:
    """Run a network: as the `chip` in float32 and firing at v >= threshold, otherwise in float64 and firing at v > threshold.

    `quantize` cuts weights to integers.
    """
    number: Any = np.float32 if chip else np.float64
    firsts = np.cumsum([0, *graph.sizes])
    neurons = _Neurons([p for p in graph.populations if isinstance(p, ModelPopulation)], number, strict=not chip)
    synapses = _synapses(graph, firsts, number, quantize)
    images = [DenseConvolution(q, number, quantize) for q in graph.projections if isinstance(q, Convolution)]
    fired = np.zeros((ticks, firsts[-1]), np.bool_)
    for population, rows in spikes.items():
        fired[rows[:, 0], firsts[population] + rows[:, 1]] = True
    voltages = np.zeros((ticks, firsts[-1]), number)
    ahead = np.zeros((AHEAD, 2, firsts[-1]), number)  # by tick to come and sign
    for tick in range(ticks):
        if tick:
            acting = synapses.of(np.flatnonzero(fired[tick - 1]))
            weight, slot = synapses.weight[acting], (tick + synapses.delay[acting]) % AHEAD
            np.add.at(ahead, (slot, (weight < 0).astype(np.int64), synapses.target[acting]), np.abs(weight))
        now = ahead[tick % AHEAD]
        for q in images if tick else ():
            before = fired[tick - 1, firsts[q.pre] : firsts[q.pre + 1]]
            if before.any():
                now[:, firsts[q.post] : firsts[q.post + 1]] += q.sums(before)
        fired[tick] |= neurons.step(now[0], now[1])
        now[:] = 0
        voltages[tick] = neurons.v
    return MirrorResult(
        tuple(np.argwhere(fired[:, a:b]) for a, b in pairwise(firsts)),
        tuple(voltages[:, a:b] for a, b in pairwise(firsts)),
    )


def _synapses(graph: Graph, firsts: Ints, number: Any, quantize: bool) -> _Synapses:
    """Sort the synapses of all projections by source."""
    lists = [q for q in graph.projections if isinstance(q, SynapseList)]
    none: Any = np.zeros(0, np.int64)
    source = np.concatenate([none, *(q.source + firsts[q.pre] for q in lists)])
    target = np.concatenate([none, *(q.target + firsts[q.post] for q in lists)])
    weight = np.concatenate([np.zeros(0), *(q.weight for q in lists)])
    delay = np.concatenate([none, *(q.delay for q in lists)])
    order = np.argsort(source, kind="stable")
    begin = np.searchsorted(source[order], np.arange(firsts[-1] + 1))
    return _Synapses(
        begin, target[order], (np.trunc(weight) if quantize else weight)[order].astype(number), delay[order]
    )
