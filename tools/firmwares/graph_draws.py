"""Graphs drawn at random, for chips whose programs run in lockstep: recurrence, delays of every kind, rests, synapses in rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from firmwares.draws import Drawn, any_draw
from spinn2sim.graph import Delays, Graph, Kind, Learn, Population, Projection
from spinn2sim.scenario.data.dataset import Dataset
from spinn2sim.scenario.keys import Scenario
from spinn2sim.training.run_inputs import RunInputs

LEARN: tuple[Learn, ...] = ("weights", "both", "delays", "axonal", "none")


@dataclass(frozen=True)
class DrawnGraph:
    """What a chip with a graph is drawn from; formats, loss, guard and keys are those of `like`, everything else follows from the seed."""

    like: Drawn

    @property
    def seed(self) -> int:
        """The seed of everything that is drawn."""
        return self.like.seed

    @property
    def copies(self) -> int:
        """The samples of a batch."""
        return self.like.copies

    @property
    def steps(self) -> int:
        """The steps of a sample."""
        return self.like.steps

    @property
    def sizes(self) -> tuple[int, ...]:
        """The neurons of each population."""
        return self.graph.sizes

    @cached_property
    def graph(self) -> Graph:
        """One or two inputs, a population or two, and an output; a projection to each of them, and some more, which make cycles."""
        rng = np.random.default_rng(self.seed)
        inputs, inner = int(rng.integers(1, 3)), int(rng.integers(1, 3))
        readout = self.like.loss != "first_spike"
        kinds: list[Kind] = ["input"] * inputs + ["lif"] * inner + ["readout" if readout else "lif"]
        last = len(kinds) - 1
        ways = {(int(rng.integers(0, post)), post) for post in range(inputs, last + 1)}
        ways |= {(pre, pre + 1 if pre >= inputs else inputs) for pre in range(last)}
        more = [
            (int(rng.integers(0, last if readout else last + 1)), int(rng.integers(inputs, last + 1))) for _ in range(3)
        ]
        populations = tuple(self._population(k, kind, rng) for k, kind in enumerate(kinds))
        found = sorted([*ways, *more], key=lambda way: way[1])
        return Graph(populations, tuple(self._projection(pre, post, populations, rng) for pre, post in found), last)

    def _population(self, k: int, kind: Kind, rng: np.random.Generator) -> Population:
        size = int(rng.integers(1, 9))
        if kind == "input":
            return Population(f"p{k}", size, kind)
        rest = int(rng.choice([0, 1, 2, self.steps])) if kind == "lif" else 0
        return Population(f"p{k}", size, kind, self.like.tau_mem_ms, self.like.tau_syn_ms, rest)

    def _projection(
        self, pre: int, post: int, populations: tuple[Population, ...], rng: np.random.Generator
    ) -> Projection:
        delay_max = int(rng.choice([0, 1, 3, self.steps]))
        learn: Learn = LEARN[rng.integers(0, len(LEARN))] if delay_max else "weights"
        exists = rng.random((populations[post].size, populations[pre].size)) < 0.4 if rng.random() < 0.6 else None
        return Projection(pre, post, learn, delay_max, exists)

    def scenario(self) -> Scenario:
        """Return the scenario, whose own network is not used. Raises ScenarioError if there can be none."""
        scenario = self.like.scenario()
        # No chain has delays, so that a scenario with one may not name their rate.
        return replace(scenario, optimizer=replace(scenario.optimizer, delay_rate=0.7))

    def run_inputs(self) -> RunInputs:
        """Return scenario, samples, weights and delays. Raises ScenarioError for a draw that no scenario allows."""
        rng, graph = np.random.default_rng(self.seed + 1), self.graph
        weights: list[NDArray[np.float64]] = []
        delays: list[NDArray[np.float64] | None] = []
        for q, projection in enumerate(graph.projections):
            shape = graph.shape(q)
            exists = np.ones(shape, bool) if projection.exists is None else projection.exists
            drawn = rng.normal(0.4, 1.0, shape) * self.like.strength
            if self.like.extreme:
                drawn[rng.random(shape) < 0.1] = 1e6
            weights.append(drawn * exists)
            steps = rng.uniform(0, projection.delay_max, (1 if projection.learn == "axonal" else shape[0], shape[1]))
            delays.append(
                np.broadcast_to(np.float32(steps).astype(float), shape) * exists if projection.delay_max else None
            )
        data = self._samples(rng)
        return RunInputs(self.scenario(), data, data, weights, delays=_or_none(delays), given_graph=graph)

    def _samples(self, rng: np.random.Generator) -> Dataset:
        """Up to three spikes of each input."""
        inputs, n = sum(self.sizes[k] for k in self.graph.inputs), self.copies
        events = np.unique(rng.integers(0, (n, self.steps, inputs), (2 * n * inputs, 3)), axis=0)
        first = np.zeros(n + 1, np.int64)
        np.cumsum(np.bincount(events[:, 0], minlength=n), out=first[1:])
        step, source = events[:, 1].astype(np.int32), events[:, 2].astype(np.int32)
        classes = self.sizes[self.graph.output]
        return Dataset(first, step, source, rng.integers(0, classes, n), inputs, classes)


def _or_none(delays: list[NDArray[np.float64] | None]) -> Delays | None:
    return delays if any(one is not None for one in delays) else None


def any_graph(seed: int) -> DrawnGraph:
    """Return a draw of everything that a network can have."""
    return DrawnGraph(any_draw(seed))
