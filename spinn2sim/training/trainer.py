"""The protocol of trainers, on the simulated hardware or on the mirror, and the result of a part of an epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from spinn2sim.graph import Delays
from spinn2sim.hardware.board.board_plan import BoardPlan
from spinn2sim.hardware.counters import Counters
from spinn2sim.hardware.faults.injections import Injections
from spinn2sim.hardware.packet import Part
from spinn2sim.hardware.plan import Plan
from spinn2sim.trace.recorder import TraceRecorder
from spinn2sim.trace.tables import Columns
from spinn2sim.training.gradient_sizes import Moments
from spinn2sim.training.reporter import Watch


@dataclass(frozen=True)
class PartResult:
    """The network's answers to the samples of a part, in their order, and the counts of the part."""

    # [n, n_out]; T if silent, which a readout always is
    first_spikes: NDArray[np.int64]
    # [n]
    labels: NDArray[np.int64]
    batches: int
    # [populations], in the order of the graph
    spikes: NDArray[np.int64]
    # [4]: weight, state, adjoint, error
    saturations: NDArray[np.int64]
    # How many spikes did not fit into a PE's record.
    unrecorded: int = 0
    # The simulated time at the end of the part; None on the mirror.
    chip_q: int | None = None
    counters: Counters | None = None
    # How many gradients optimizer.clip or clip_norm changed; None if neither is set.
    clipped: int | None = None
    # [n, n_out], highest voltages of a readout, 0 if never above rest, or average ones; None without a readout
    peaks: NDArray[np.float64] | None = None
    # What broke during the part; None on the mirror, and if nothing can break.
    injections: Injections | None = None
    # Where the cycles went, as rows of the table of cycles; None on the mirror.
    cycles: Columns | None = None
    # The counters of each chip, of which `counters` has the totals; none on the mirror.
    chips: tuple[Counters, ...] = ()


class Learned(NamedTuple):
    """What a run learns: weights (n_post, n_pre) per projection, and delays in steps, None where there are none."""

    weights: Sequence[NDArray[np.float64]]
    delays: Delays

    def copy(self) -> Learned:
        """Copy all arrays."""
        return Learned([w.copy() for w in self.weights], [None if d is None else d.copy() for d in self.delays])


class Trainer(Protocol):
    """Trains the weights and delays of a run, on the simulated hardware or on the mirror."""

    def train(self, epoch: int, order: NDArray[np.int64], watch: Watch | None = None) -> PartResult:
        """Run the train part of an epoch, with the training samples in `order`."""

    def evaluate(self, epoch: int, watch: Watch | None = None, part: Part = Part.TEST) -> PartResult:
        """Run the test part of an epoch, or its validation part."""

    @property
    def weights(self) -> Sequence[NDArray[np.float64]]:
        """The current weights, (n_post, n_pre) per projection."""

    @property
    def delays(self) -> Delays:
        """The current delays in steps, not rounded, (n_post, n_pre) per projection; None for one without delays."""

    @property
    def moments(self) -> Moments:
        """What the optimizer keeps of the gradients."""

    @property
    def plan(self) -> Plan | None:
        """The plan of the network on the hardware, of a board that of its first chip; None on the mirror."""

    @property
    def plans(self) -> Sequence[Plan]:
        """The plans of all chips; none on the mirror."""

    @property
    def board(self) -> BoardPlan | None:
        """The plans of a board; None on the mirror, and for a scenario without [board]."""

    @property
    def recorder(self) -> TraceRecorder | None:
        """The recorder of packets, of a board that of its first chip; None if no packets are traced."""

    @property
    def recorders(self) -> Sequence[TraceRecorder]:
        """The recorders of all chips; none if no packets are traced."""

    def state(self) -> dict[str, NDArray[Any]]:
        """Copy everything that the next epoch depends on, for a checkpoint."""

    def load_state(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Restore a `state()`. Raises ValueError if an array is missing or has another shape or type."""
