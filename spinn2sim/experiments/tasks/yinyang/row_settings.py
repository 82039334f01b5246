"""The settings of one row of Table 1: the network, the encoding of samples, the estimator, the device and the recipe."""

from __future__ import annotations

from dataclasses import dataclass, replace

from spinn2sim.experiments.continuous.continuous_network import ContinuousNetwork
from spinn2sim.experiments.estimators.analytical import Analytical
from spinn2sim.experiments.estimators.eventprop import FirstSpikeEventProp, MaxOverTimeEventProp
from spinn2sim.experiments.estimators.sampled_surrogate import MaxOverTimeSurrogate
from spinn2sim.experiments.loop.loop_trainer import TrainingRecipe
from spinn2sim.experiments.substrate.substrate_settings import SubstrateSettings

AnyEstimator = FirstSpikeEventProp | MaxOverTimeEventProp | MaxOverTimeSurrogate | Analytical


@dataclass(frozen=True)
class LatencyEncoding:
    """A value in 0..1 fires at t_first + (t_last - t_first) (1 - value), the bias input at `bias`; seconds."""

    t_first: float
    t_last: float
    bias: float


@dataclass(frozen=True)
class RowSettings:
    """The settings of one training, without its seed.

    init       mean and standard deviation of the initial weights, per layer
    sampling   seconds between samples of a membrane of the ideal device
    substrate  the modelled analog substrate, if the row is in the loop; its mismatch and noise are the same for all rows
    """

    network: ContinuousNetwork
    encoding: LatencyEncoding
    estimator: AnyEstimator
    recipe: TrainingRecipe
    init: tuple[tuple[float, float], ...]
    sampling: float = 1.7e-6
    substrate: SubstrateSettings | None = None

    def on_substrate(self, largest: tuple[float, ...] = SubstrateSettings().largest_weight) -> RowSettings:
        """Return these settings with the modelled analog substrate, whose synapses hold weights up to `largest`, per layer."""
        settings = replace(SubstrateSettings(), largest_weight=largest)
        return replace(self, substrate=settings, recipe=replace(self.recipe, largest_weights=largest))

    def with_mismatch(self, sigma: float) -> RowSettings:
        """Return these settings with another mismatch if they have a substrate, unchanged if not."""
        return replace(self, substrate=self.substrate.with_mismatch(sigma)) if self.substrate else self

    def with_epochs(self, epochs: int) -> RowSettings:
        """Return these settings with another number of epochs."""
        return replace(self, recipe=replace(self.recipe, epochs=epochs))
