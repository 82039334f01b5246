"""The description of a feed-forward network in continuous time, as the experiments on analog substrates use it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Readout = Literal["first_spike", "max_voltage"]


@dataclass(frozen=True)
class ContinuousNetwork:
    """Layers of LIF neurons with exponential synapses; times in seconds, threshold and weights without unit, reset to 0.

    sizes       neurons per layer, the input first
    t_end       the end of a sample: nothing is observed after it
    readout     "first_spike": the last layer fires, and its first neuron to do so names the class;
                "max_voltage": the last layer only integrates, and its neuron with the highest maximum of V names the class
    max_spikes  a neuron is silent after this many spikes in a sample; None: there is no limit
    """

    sizes: tuple[int, ...]
    tau_mem: float
    tau_syn: float
    t_end: float
    readout: Readout
    threshold: float = 1.0
    max_spikes: int | None = None

    @property
    def fires(self) -> tuple[bool, ...]:
        """Whether each layer above the input fires."""
        last = len(self.sizes) - 2
        return tuple(self.readout == "first_spike" or layer < last for layer in range(last + 1))
