"""A device that counts the bits that its host reads in training; it changes nothing of what is seen."""

from __future__ import annotations

from collections.abc import Sequence

from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.experiments.loop.device import Floats
from spinn2sim.experiments.loop.observation import Sees
from spinn2sim.experiments.substrate.device import Substrate
from spinn2sim.experiments.substrate.measure import Bits, observed_bits


class Metered:
    """A substrate, and what was read of it in runs from 0 on: in training, a run is a gradient."""

    def __init__(self, device: Substrate) -> None:
        self.device, self.network = device, device.network
        self.runs, self.bits = 0, Bits(0, 0)

    def observe(self, sees: type[Sees], inputs: Spikes, weights: Sequence[Floats], run: int) -> Sees:
        """What the device shows."""
        seen = self.device.observe(sees, inputs, weights, run)
        if run >= 0:
            new = observed_bits(seen, self.device.settings, self.network.t_end)
            self.runs, self.bits = self.runs + 1, Bits(self.bits.spikes + new.spikes, self.bits.samples + new.samples)
        return seen
