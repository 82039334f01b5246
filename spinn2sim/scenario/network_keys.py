"""The keys of the long form of a network: [[population]] and [[projection]], one frozen dataclass per entry.

Bounds are annotations, which `scenario.load` enforces; `scenario.graph_checks` checks the entries against each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le, Len, Lt

from spinn2sim.graph import Kind, Learn

# The most populations: a key has twelve bits for the population.
MAX_POPULATIONS = 4096
MAX_PROJECTIONS = 16384
MAX_NEURONS = 2**16 - 1
# The most steps of a sample, which is also more than any delay.
MAX_STEPS = 4096

Positive = Annotated[float, Gt(0)]
NonNegative = Annotated[float, Ge(0)]
DelaySteps = Annotated[int, Ge(0), Lt(MAX_STEPS)]
RestSteps = Annotated[int, Ge(0), Lt(MAX_STEPS)]
Name = Annotated[str, Len(1, 80)]


@dataclass(frozen=True)
class Distribution:
    """The distribution from which a value of each neuron is drawn.

    "normal" and "lognormal" have a mean and a standard deviation, which are those of the values themselves, in their unit; "uniform"
    has the bounds low and high.
    """

    distribution: Literal["normal", "uniform", "lognormal"] = "normal"
    mean: float | None = None
    std: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class DeclaredPopulation:
    """[[population]]: neurons of one kind. Time constants, in ms, are those of [network] if they are not given; an input has none.

    With `every_step` the neurons of an input fire in each step, and are not among those of the data: their weights are constant currents.
    """

    name: Name
    size: Annotated[int, Ge(1), Le(MAX_NEURONS)]
    kind: Kind
    tau_mem_ms: Positive | Distribution | None = None
    tau_syn_ms: Positive | Distribution | None = None
    every_step: bool | None = None
    # By default that of [network]; only for "lif".
    refractory_steps: RestSteps | None = None


@dataclass(frozen=True)
class DeclaredProjection:
    """[[projection]]: synapses from population `pre` to population `post`, what they start with, and what of them is learned."""

    pre: Name
    post: Name
    # Mean and standard deviation of the normal distribution of the weights, or one weight for all.
    init: tuple[float, NonNegative] | float
    # The probability of each synapse.
    density: Annotated[float, Gt(0), Le(1)] = 1.0
    # Delays in steps: one for all synapses, or the bounds, inclusive, between which each one is drawn.
    delay_steps: DelaySteps | tuple[DelaySteps, DelaySteps] = 0
    learn: Learn = "weights"
    # The most steps of delay; by default the largest of delay_steps.
    delay_max: DelaySteps | None = None

    @property
    def delay_bounds(self) -> tuple[int, int]:
        """The least and the largest delay in steps before training."""
        return (self.delay_steps, self.delay_steps) if isinstance(self.delay_steps, int) else self.delay_steps

    @property
    def most_delay(self) -> int:
        """The most steps of delay that a synapse may have."""
        return self.delay_bounds[1] if self.delay_max is None else self.delay_max

    @property
    def learns_delays(self) -> bool:
        """Whether the optimizer changes the delays."""
        return self.learn in ("delays", "both", "axonal")
