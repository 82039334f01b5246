"""The bits that a host reads to get an observation, and a device that counts them during training."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.experiments.devices.device import Floats
from spinn2sim.experiments.devices.observation import (
    Observation,
    ObservationT,
    SampledObservation,
    SpikeObservation,
)
from spinn2sim.experiments.substrate.analog_substrate import Substrate
from spinn2sim.experiments.substrate.substrate_settings import SubstrateSettings

EXACT_BITS = 64  # how many bits a number that is not rounded counts


class Bits(NamedTuple):
    """The bits that the host reads for an observation."""

    spikes: int
    samples: int

    @property
    def total(self) -> int:
        """The bits of spikes and samples together."""
        return self.spikes + self.samples


def observed_bits(observation: Observation, settings: SubstrateSettings, t_end: float) -> Bits:
    """Count the bits of an observation: an address and a time stamp for each spike, `sample_bits` for each sample of a membrane.

    Addresses distinguish all neurons whose spikes are observed, time stamps all steps of the resolution up to t_end. A number that the
    settings leave exact counts as 64 bits.
    """
    address = math.ceil(math.log2(max(sum(layer.size for layer in observation.spikes), 2)))
    time = EXACT_BITS if settings.resolution is None else math.ceil(math.log2(t_end / settings.resolution + 1))
    spikes = sum(len(layer.times) for layer in observation.spikes)
    hidden = observation.hidden if isinstance(observation, SampledObservation) else ()
    readout = None if isinstance(observation, SpikeObservation) else observation.readout
    samples = sum(membrane.size for membrane in (*hidden, readout) if membrane is not None)
    return Bits(spikes * (address + time), samples * (settings.sample_bits or EXACT_BITS))


class BitCountingDevice:
    """A substrate that counts training runs (those numbered from 0 on) and the bits read in them. Each training run gives one gradient."""

    def __init__(self, device: Substrate) -> None:
        self.device, self.network = device, device.network
        self.runs, self.bits = 0, Bits(0, 0)

    def observe(
        self, observation_type: type[ObservationT], inputs: Spikes, weights: Sequence[Floats], run: int
    ) -> ObservationT:
        """Observe a run of the substrate, and count its bits if `run` is 0 or more."""
        observation = self.device.observe(observation_type, inputs, weights, run)
        if run >= 0:
            new = observed_bits(observation, self.device.settings, self.network.t_end)
            self.runs, self.bits = self.runs + 1, Bits(self.bits.spikes + new.spikes, self.bits.samples + new.samples)
        return observation
