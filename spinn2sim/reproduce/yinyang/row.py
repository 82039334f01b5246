"""A row of settings: the network, how samples become spikes, estimator, device and plan; it runs nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from spinn2sim.estimators.analytical import Analytical
from spinn2sim.estimators.eventprop import FirstSpikeEventProp, PeakEventProp
from spinn2sim.estimators.surrogate import PeakSurrogate
from spinn2sim.loop.trainer import Plan
from spinn2sim.spec.continuous import Network
from spinn2sim.substrate.settings import Settings

AnyEstimator = FirstSpikeEventProp | PeakEventProp | PeakSurrogate | Analytical


@dataclass(frozen=True)
class Encoding:
    """A value in 0..1 fires at t_first + (t_last - t_first) (1 - value), the bias input at `bias`; seconds."""

    t_first: float
    t_last: float
    bias: float


@dataclass(frozen=True)
class Row:
    """`init`: mean and standard deviation of the initial weights, per layer. `sampling`: seconds between samples of an ideal membrane."""

    network: Network
    encoding: Encoding
    estimator: AnyEstimator
    plan: Plan
    init: tuple[tuple[float, float], ...]
    device: Literal["ideal", "substrate"] = "ideal"
    sampling: float = 1.7e-6

    def in_the_loop(self) -> Row:
        """The same on the modelled analog substrate, within the weights that its synapses hold."""
        largest = tuple(Settings().largest(layer) for layer in range(len(self.network.fires)))
        return replace(self, device="substrate", plan=replace(self.plan, largest_weights=largest))

    def for_epochs(self, epochs: int) -> Row:
        """The same, shorter or longer."""
        return replace(self, plan=replace(self.plan, epochs=epochs))
