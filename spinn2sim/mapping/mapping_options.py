"""What the mapping may choose, and what it must know of a network besides its sizes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from spinn2sim.hardware.packet import Phase


@dataclass(frozen=True)
class MappingOptions:
    """How a network is cut and placed. The hardware has options of its own."""

    # how often the network is there; each copy works on a sample of the batch
    copies: int
    # time steps of a sample
    steps: int
    # the output neurons never spike: their highest voltages are the answer
    has_readout: bool = False
    # the loss PEs send guards to output neurons that stay silent
    sends_guards: bool = False
    # the most neurons of a layer on one PE; none: as many as fit
    neurons_per_pe: int | None = None
    # in how many parts each layer is cut, input first; none: the fewest that fit
    pes_per_layer: tuple[int, ...] | None = None
    # "compact" or "random"
    placement: str = "compact"
    # in how many rounds gradients are summed; none: as few as the optimizer PEs' SRAM allows
    reduce_rounds: int | None = None
    # tick periods of step phases, in us; a phase that is not named gets a period that covers the worst case
    step_us: Mapping[Phase, int] = field(default_factory=dict)
