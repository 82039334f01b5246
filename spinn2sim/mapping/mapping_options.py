"""The options of mapping, and what it must know of a network besides its sizes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from spinn2sim.hardware.packet import Phase


@dataclass(frozen=True)
class MappingOptions:
    """How a network is cut and placed. HardwareOptions has the options of the hardware."""

    # How many copies of the network there are; each works on one sample of the batch.
    copies: int
    # The time steps of a sample.
    steps: int
    # Whether the loss PEs send guards to output neurons that stay silent.
    sends_guards: bool = False
    # The most neurons of a population on one PE; None: as many as fit.
    neurons_per_pe: int | None = None
    # In how many parts each population is cut, in the order of the graph; None: as few as fit.
    pes_per_layer: tuple[int, ...] | None = None
    # "compact" or "random".
    placement: str = "compact"
    # In how many rounds gradients are summed; None: as few as the optimizer PEs' SRAM allows.
    reduce_rounds: int | None = None
    # Tick periods of phases, in us. A phase that is not listed gets a period that covers the worst case.
    period_us: Mapping[Phase, int] = field(default_factory=dict)
