"""The network that is simulated, as a graph: populations of neurons joined by projections.

Scenario, mapping, mirror and training describe a network with these classes. A chain of layers is the graph that `chain` makes. The
equations are in docs/reference/networks.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["input", "lif", "readout"]
# What the optimizer changes: weights, the delay of each synapse, both, weights and one delay for each source neuron, or nothing.
Learn = Literal["weights", "delays", "both", "axonal", "none"]
Weights = Sequence[NDArray[np.float64]]
Delays = Sequence[NDArray[np.float64] | None]


def _each(value: float | tuple[float, ...], size: int) -> tuple[float, ...]:
    return value if isinstance(value, tuple) else (value,) * size


@dataclass(frozen=True)
class Population:
    """Some neurons of one kind: "input" neurons fire when the data say so, "lif" neurons spike, "readout" neurons never do."""

    name: str
    size: int
    kind: Kind
    # In ms: one number, or one for each neuron (a tuple). An input has none.
    tau_mem_ms: float | tuple[float, ...] = 0.0
    tau_syn_ms: float | tuple[float, ...] = 0.0
    # How many steps V stays at 0 after a spike, while I goes on; only for "lif".
    refractory_steps: int = 0

    @property
    def time_constants(self) -> tuple[tuple[float, float], ...]:
        """The pairs (tau_mem, tau_syn) in ms: one if they are the same for all neurons, otherwise one for each neuron."""
        taus = zip(_each(self.tau_mem_ms, self.size), _each(self.tau_syn_ms, self.size), strict=True)
        pairs = tuple(taus) if self.kind != "input" else ()
        return pairs[:1] if len(set(pairs)) == 1 else pairs


@dataclass(frozen=True, eq=False)
class Projection:
    """Synapses from population `pre` to population `post`, by their positions in the graph."""

    pre: int
    post: int
    learn: Learn = "weights"
    # The most steps of delay that a synapse can have. If it is 0, no synapse has a delay.
    delay_max: int = 0
    # (n_post, n_pre), which synapses exist; None: all.
    exists: NDArray[np.bool_] | None = None

    @property
    def learns_weights(self) -> bool:
        """Whether the optimizer changes the weights."""
        return self.learn in ("weights", "both", "axonal")

    @property
    def learns_delays(self) -> bool:
        """Whether the optimizer changes delays, those of synapses or of axons."""
        return self.learn in ("delays", "both", "axonal")


@dataclass(frozen=True)
class ModelPopulation(Population):
    """A population that a script describes: its neurons follow a named model with parameters of its own, and nothing in it is trained.

    `kind` is "input" for spike lists and "lif" for everything that spikes by itself.
    """

    model: str = ""
    # One value per neuron, by the parameter's name.
    parameters: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    # What is recorded: "spikes", states such as "v", "v_last", "time_done", "n_packets".
    record: tuple[str, ...] = ()
    # Whether a neuron that fires loses the threshold; otherwise its voltage becomes v_reset.
    subtracts: bool = True
    # The most neurons of one PE that the script asked for; 0: as many as fit.
    neurons_per_pe: int = 0
    # SRAM that the model needs beyond that of a built-in one: of a neuron, and of a PE.
    neuron_bytes: int = 0
    pe_bytes: int = 0


@dataclass(frozen=True, eq=False)
class SynapseList(Projection):
    """A projection whose synapses are listed one by one, several of one pair of neurons among them."""

    name: str = ""
    # [synapse]: source, target, weight, and delay in ticks: a spike of tick t acts in tick t + 1 + delay.
    source: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    target: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    weight: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    delay: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))


@dataclass(frozen=True, eq=False)
class Convolution(Projection):
    """A projection from an image to an image, whose synapses share the weights of kernels; a spike of tick t acts in tick t + 1.

    Neuron (channel * height + row) * width + column of a population is a pixel of its image. The image of `pre` is first summed over
    windows of `pool` pixels that do not overlap, then framed with `pad` zeros. Target (channel o, row y, column x) then has a synapse
    of weight kernel[c, o, i, j] from pixel (c, y * stride + i, x * stride + j) of that, stride being the one down or across.
    """

    name: str = ""
    # [channel of pre, channel of post, row, column]
    kernel: NDArray[np.float64] = field(default_factory=lambda: np.zeros((1, 1, 1, 1)))
    # Of the image of `pre`, and its steps and windows (down, across).
    height: int = 1
    width: int = 1
    stride: tuple[int, int] = (1, 1)
    pool: tuple[int, int] = (1, 1)
    # top, bottom, left, right
    pad: tuple[int, int, int, int] = (0, 0, 0, 0)

    @property
    def pooled(self) -> tuple[int, int]:
        """Height and width of the sums; rows and columns that fill no window are left out."""
        return self.height // self.pool[0], self.width // self.pool[1]

    @property
    def image(self) -> tuple[int, int]:
        """Height and width of the image of `post`; below 1 if the kernel is larger than what it is moved over."""
        (high, wide), (top, bottom, left, right), (i, j) = self.pooled, self.pad, self.kernel.shape[2:]
        return (high + top + bottom - i) // self.stride[0] + 1, (wide + left + right - j) // self.stride[1] + 1

    def channels(self, first: int, last: int) -> tuple[int, int]:
        """Return the channels [first, last) of `post` that neurons [first, last) of it belong to."""
        pixels = self.image[0] * self.image[1]
        return first // pixels, -(-last // pixels)


@dataclass(frozen=True, eq=False)
class Graph:
    """A network. Projections are sorted by `post` and, for one `post`, in the order in which they were declared.

    Rows: the sources of a population are the neurons of its incoming projections one after the other, so that row r of population p
    is neuron r - first_row(q) of the `pre` of projection q. Both chip and mirror keep a population's weights in this order, and
    the noise of stochastic rounding is named by these rows. For a chain, a row is a neuron of the layer below.
    """

    populations: tuple[Population, ...]
    projections: tuple[Projection, ...]
    # The population whose neurons answer.
    output: int

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of neurons of each population."""
        return tuple(p.size for p in self.populations)

    @property
    def inputs(self) -> tuple[int, ...]:
        """The input populations. A sample's events number their neurons one after the other."""
        return tuple(k for k, p in enumerate(self.populations) if p.kind == "input")

    @property
    def has_readout(self) -> bool:
        """Whether the output neurons never spike."""
        return self.populations[self.output].kind == "readout"

    @cached_property
    def first_input(self) -> dict[int, int]:
        """The number of the first neuron of each input population in a sample's events."""
        ends = np.cumsum([0, *(self.sizes[k] for k in self.inputs)])
        return {k: int(ends[at]) for at, k in enumerate(self.inputs)}

    def incoming(self, population: int) -> tuple[int, ...]:
        """Return the projections into a population, by their positions."""
        return tuple(q for q, projection in enumerate(self.projections) if projection.post == population)

    def convolutions(self, population: int) -> tuple[Convolution, ...]:
        """Return the convolutions into a population."""
        return tuple(q for q in self.projections if isinstance(q, Convolution) and q.post == population)

    def image(self, population: int) -> tuple[int, int, int] | None:
        """Return channels, height and width of a population that a convolution leads to or from; None if its neurons are no pixels."""
        for q in self.projections:
            if isinstance(q, Convolution) and q.post == population:
                return q.kernel.shape[1], *q.image
            if isinstance(q, Convolution) and q.pre == population:
                return q.kernel.shape[0], q.height, q.width
        return None

    def outgoing(self, population: int) -> tuple[int, ...]:
        """Return the projections out of a population, by their positions."""
        return tuple(q for q, projection in enumerate(self.projections) if projection.pre == population)

    def first_row(self, projection: int) -> int:
        """Return the row of its `post` at which the sources of a projection begin."""
        before = [q for q in self.incoming(self.projections[projection].post) if q < projection]
        return sum(self.populations[self.projections[q].pre].size for q in before)

    def rows(self, population: int) -> int:
        """Return the number of rows of a population: the source neurons of all its incoming projections."""
        return sum(self.populations[self.projections[q].pre].size for q in self.incoming(population))

    def shape(self, projection: int) -> tuple[int, int]:
        """Return (n_post, n_pre), the shape of a projection's weights."""
        q = self.projections[projection]
        return self.populations[q.post].size, self.populations[q.pre].size

    @property
    def weight_shapes(self) -> tuple[tuple[int, int], ...]:
        """The shapes (n_post, n_pre) of weights_0, weights_1, ..."""
        return tuple(self.shape(q) for q in range(len(self.projections)))

    @property
    def is_chain(self) -> bool:
        """Whether each population but the first has one incoming projection, from the population before it, without delays.

        The last population answers, and all neurons have the same time constants.
        """
        ways = [(q.pre, q.post) for q in self.projections]
        plain = all(q.learn == "weights" and q.delay_max == 0 and q.exists is None for q in self.projections)
        times = {(p.tau_mem_ms, p.tau_syn_ms) for p in self.populations[1:]}
        alike = len(times) == 1 and not any(isinstance(tau, tuple) for tau in times.pop())
        last = len(self.populations) - 1
        return plain and alike and self.output == last and ways == [(k, k + 1) for k in range(last)]


def chain(
    sizes: Sequence[int], readout: bool, tau_mem_ms: float, tau_syn_ms: float, refractory_steps: int = 0
) -> Graph:
    """Make the graph of a chain of layers, input first; its populations are called input, lif1, lif2, ..., or readoutN for the last."""
    last = len(sizes) - 1
    populations = [Population("input", sizes[0], "input")]
    for layer, size in enumerate(sizes[1:], 1):
        kind: Kind = "readout" if readout and layer == last else "lif"
        rest = refractory_steps if kind == "lif" else 0
        populations.append(Population(f"{kind}{layer}", size, kind, tau_mem_ms, tau_syn_ms, rest))
    projections = tuple(Projection(layer, layer + 1) for layer in range(last))
    return Graph(tuple(populations), projections, last)
