"""The settings of the modelled analog substrate: mismatch, noise, the precision of weights and of measurements.

docs/reference/substrate.md gives the source of each default and marks assumptions. All defaults were fixed before the first experiment.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from spinn2sim.errors import ScenarioError

US = 1e-6
FROM_ZERO = (
    "sigma_tau_mem",
    "sigma_tau_syn",
    "sigma_threshold",
    "sigma_gain",
    "noise_threshold",
    "noise_gain",
    "jitter",
)
ABOVE_ZERO = ("floor", "resolution", "sample_interval", "sample_step", "neurons")


@dataclass(frozen=True)
class SubstrateSettings:
    """One kind of device. Each number can be switched off by itself: 0, or None, makes that part ideal.

    Fixed pattern, relative standard deviation over the circuits of a chip:
        sigma_tau_mem, sigma_tau_syn, sigma_threshold, sigma_gain (of all weights into a neuron)
        floor              no drawn factor is below it
    Noise from run to run, relative standard deviation for each neuron in each sample of each run:
        noise_threshold, noise_gain
    Weights:
        weight_bits        of the magnitude, beside a sign; None: weights are not rounded
        largest_weight     per layer (the last one holds for all further layers): the weight of the largest code, in thresholds; larger
                           weights are clipped and counted; (): no limit and no rounding
    Measurements:
        jitter             seconds, standard deviation of a measured spike time
        resolution         seconds, of a time stamp; None: exact
        sample_interval    seconds between samples of the membranes; None: membranes cannot be sampled
        sample_bits        of a sample, with sign; None: exact, and no range
        sample_step        of the sample's last bit, in thresholds
    neurons                circuits that the chip has; None: as many as needed
    """

    sigma_tau_mem: float = 0.05
    sigma_tau_syn: float = 0.05
    sigma_threshold: float = 0.05
    sigma_gain: float = 0.05
    floor: float = 0.1
    noise_threshold: float = 0.01
    noise_gain: float = 0.01
    weight_bits: int | None = 6
    largest_weight: tuple[float, ...] = (4.745, 0.949)
    jitter: float = 0.1 * US
    resolution: float | None = 0.008 * US
    sample_interval: float | None = 1.7 * US
    sample_bits: int | None = 8
    sample_step: float = 0.0147
    neurons: int | None = 512

    def __post_init__(self) -> None:
        for name in FROM_ZERO:
            _refuse_unless(0.0 <= getattr(self, name) < math.inf, name, getattr(self, name), "a number from 0 on")
        for name in ABOVE_ZERO:
            value = getattr(self, name)
            _refuse_unless(value is None or 0.0 < value < math.inf, name, value, "a number above 0")
        for largest in self.largest_weight:
            _refuse_unless(0.0 < largest < math.inf, "largest_weight", largest, "a number above 0")
        for name in ("weight_bits", "sample_bits"):
            bits = getattr(self, name)
            _refuse_unless(bits is None or 2 <= bits <= 32, name, bits, "2 to 32")
        _refuse_unless(self.floor < 1.0, "floor", self.floor, "a number below 1")

    def with_mismatch(self, sigma: float) -> SubstrateSettings:
        """Return these settings with `sigma` for all four quantities of the fixed pattern."""
        return replace(self, sigma_tau_mem=sigma, sigma_tau_syn=sigma, sigma_threshold=sigma, sigma_gain=sigma)

    def weight_limit(self, layer: int) -> float:
        """Return the largest weight that `layer` (0: the first one above the input) can hold; inf if there is no limit."""
        return self.largest_weight[min(layer, len(self.largest_weight) - 1)] if self.largest_weight else math.inf


def _refuse_unless(good: bool, name: str, found: Any, allowed: str) -> None:
    if not good:
        raise ScenarioError(f"substrate: {name}: found {found}, allowed is {allowed}")


IDEAL = SubstrateSettings(
    sigma_tau_mem=0.0, sigma_tau_syn=0.0, sigma_threshold=0.0, sigma_gain=0.0, noise_threshold=0.0, noise_gain=0.0, weight_bits=None,
    largest_weight=(), jitter=0.0, resolution=None, sample_bits=None, neurons=None,
)  # fmt: skip
"""Every part switched off: nominal circuits, measured exactly, with membranes sampled at the instants of the default device."""
