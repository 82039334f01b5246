"""A feed-forward network in continuous time, as the experiments beside the chip have it; frozen, never computes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Readout = Literal["first_spike", "max_voltage"]


@dataclass(frozen=True)
class Network:
    """Layers of LIF neurons with exponential synapses; times in seconds, threshold and weights without unit, reset to 0.

    sizes       neurons per layer, the input first
    t_end       nothing is seen after it
    readout     "first_spike": the last layer fires, the first one to do so names the class;
                "max_voltage": the last layer integrates alone, the highest maximum of the membrane potential names it
    max_spikes  a neuron is silent after so many spikes in a sample; None: as many as it fires
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
        """Whether each layer but the input fires."""
        last = len(self.sizes) - 2
        return tuple(self.readout == "first_spike" or layer < last for layer in range(last + 1))
