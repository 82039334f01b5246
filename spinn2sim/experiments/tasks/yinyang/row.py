"""A row of settings: the network, how samples become spikes, estimator, device and plan; it runs nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace

from spinn2sim.experiments.continuous.network import Network
from spinn2sim.experiments.estimators.analytical import Analytical
from spinn2sim.experiments.estimators.eventprop import FirstSpikeEventProp, PeakEventProp
from spinn2sim.experiments.estimators.surrogate import PeakSurrogate
from spinn2sim.experiments.loop.trainer import Plan
from spinn2sim.experiments.substrate.settings import Settings

AnyEstimator = FirstSpikeEventProp | PeakEventProp | PeakSurrogate | Analytical


@dataclass(frozen=True)
class Encoding:
    """A value in 0..1 fires at t_first + (t_last - t_first) (1 - value), the bias input at `bias`; seconds."""

    t_first: float
    t_last: float
    bias: float


@dataclass(frozen=True)
class Row:
    """One training, but for its seed.

    init       mean and standard deviation of the initial weights, per layer
    sampling   seconds between samples of an ideal membrane
    substrate  the analog device, if the row is in the loop: its mismatch and noise are the same for all rows
    """

    network: Network
    encoding: Encoding
    estimator: AnyEstimator
    plan: Plan
    init: tuple[tuple[float, float], ...]
    sampling: float = 1.7e-6
    substrate: Settings | None = None

    def in_the_loop(self, largest: tuple[float, ...] = Settings().largest_weight) -> Row:
        """The same on the modelled analog substrate, whose synapses hold weights up to `largest`, per layer."""
        settings = replace(Settings(), largest_weight=largest)
        return replace(self, substrate=settings, plan=replace(self.plan, largest_weights=largest))

    def mismatched(self, sigma: float) -> Row:
        """The same with another mismatch; what is not in the loop has none."""
        return replace(self, substrate=self.substrate.mismatched(sigma)) if self.substrate else self

    def for_epochs(self, epochs: int) -> Row:
        """The same, shorter or longer."""
        return replace(self, plan=replace(self.plan, epochs=epochs))
