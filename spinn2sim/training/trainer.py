"""What trains, on the simulated hardware or on the mirror, and what each part of an epoch gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.counters import Counters
from spinn2sim.hardware.packet import Part
from spinn2sim.hardware.plan import Plan
from spinn2sim.trace.recorder import TraceRecorder
from spinn2sim.training.reporter import Watch


@dataclass(frozen=True)
class PartResult:
    """What the samples of a part gave, in their order, and what was counted while they ran."""

    # [n, n_out], T where silent: everywhere with a readout
    first_spikes: NDArray[np.int64]
    # [n]
    labels: NDArray[np.int64]
    batches: int
    # [layers], input first
    spikes: NDArray[np.int64]
    # [4]: weight, state, adjoint, error
    saturations: NDArray[np.int64]
    # spikes for which a PE's record had no room
    unrecorded: int = 0
    # simulated time
    chip_q: int | None = None
    counters: Counters | None = None
    # gradients that optimizer.clip or clip_norm changed; None without them
    clipped: int | None = None
    # [n, n_out], highest voltages of a readout, 0 at rest; None without one
    peaks: NDArray[np.float64] | None = None


class Trainer(Protocol):
    """What trains the weights of a run: the simulated hardware, or the mirror."""

    def train(self, epoch: int, order: NDArray[np.int64], watch: Watch | None = None) -> PartResult:
        """Run the train part of an epoch, with the training samples in `order`."""

    def evaluate(self, epoch: int, watch: Watch | None = None, part: Part = Part.TEST) -> PartResult:
        """Run the test part of an epoch, or its validation part."""

    @property
    def weights(self) -> Sequence[NDArray[np.float64]]:
        """(n_out, n_in) per layer."""

    @property
    def plan(self) -> Plan | None:
        """Where the network is on the hardware; None on the mirror."""

    @property
    def recorder(self) -> TraceRecorder | None:
        """What records the packets; None where no packet is traced."""

    def state(self) -> dict[str, NDArray[Any]]:
        """Copy what the next epoch depends on, for a checkpoint."""

    def load_state(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on from `state()`. Raises ValueError when an array is missing or has another shape or type."""
