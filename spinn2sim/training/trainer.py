"""What one part of an epoch gave, on the chip or on the mirror, and who can train: the same shape for both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.counters import Counters
from spinn2sim.hardware.packet import Part
from spinn2sim.training.reporter import Watch


@dataclass(frozen=True)
class PartResult:
    """Results of the samples of a part, in their order."""

    first_spikes: NDArray[np.int64]  # [n, n_out], T where silent: everywhere with a readout
    labels: NDArray[np.int64]  # [n]
    batches: int
    spikes: NDArray[np.int64]  # [layers], input first
    saturations: NDArray[np.int64]  # [4]: weight, state, adjoint, error
    unrecorded: int = 0  # spikes for which a PE's record had no room
    chip_q: int | None = None  # simulated time
    counters: Counters | None = None
    clipped: int | None = None  # gradients that optimizer.clip held; None without it
    peaks: NDArray[np.float64] | None = None  # [n, n_out] highest voltages of a readout, 0 at rest; None without one


class Trainer(Protocol):
    """The chip or its mirror."""

    def train(self, epoch: int, order: NDArray[np.int64], watch: Watch | None = None) -> PartResult:
        """The train part of an epoch."""

    def evaluate(self, epoch: int, watch: Watch | None = None, part: Part = Part.TEST) -> PartResult:
        """The test part of an epoch, or its validation part."""

    @property
    def weights(self) -> Sequence[NDArray[np.float64]]:
        """(n_out, n_in) per layer."""

    def state(self) -> dict[str, NDArray[Any]]:
        """For a checkpoint."""

    def load_state(self, kept: Mapping[str, NDArray[Any]]) -> None:
        """From a checkpoint."""
