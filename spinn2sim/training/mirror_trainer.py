"""The trainer on the mirror, which computes off the chip, in float64 or in the chip's fixed point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.graph import Delays
from spinn2sim.hardware.packet import Part
from spinn2sim.hardware.plan import Plan
from spinn2sim.mirror import BatchResult, Mirror
from spinn2sim.mirror.model import Arithmetic
from spinn2sim.trace.recorder import TraceRecorder
from spinn2sim.training.gradient_sizes import Moments
from spinn2sim.training.reporter import Watch
from spinn2sim.training.run_inputs import RunInputs
from spinn2sim.training.trainer import PartResult


class MirrorTrainer:
    """Trains a network off the chip, from the weights of a run's inputs."""

    plan, recorder, board = None, None, None
    plans: tuple[Plan, ...] = ()
    recorders: tuple[TraceRecorder, ...] = ()

    def __init__(self, inputs: RunInputs, arithmetic: Arithmetic) -> None:
        scenario = inputs.scenario
        self.inputs, self.copies = inputs, scenario.training.copies
        self.clips = scenario.optimizer.clip is not None or scenario.optimizer.clip_norm is not None
        self.mirror = Mirror(scenario, inputs.graph, inputs.weights, arithmetic, inputs.delays)

    def train(self, epoch: int, order: NDArray[np.int64], watch: Watch | None = None) -> PartResult:
        """Run the train part of an epoch; an incomplete last batch is dropped."""
        whole = order[: len(order) // self.copies * self.copies]
        data = self.inputs.train
        return self._result(self.mirror.train_epoch(data, order, epoch), data.labels[whole], watch)

    def evaluate(self, epoch: int, watch: Watch | None = None, part: Part = Part.TEST) -> PartResult:
        """Run the test part of an epoch, or its validation part."""
        data = self.inputs.samples(part)
        return self._result(self.mirror.evaluate(data, epoch, part), data.labels, watch)

    def _result(self, result: BatchResult, labels: NDArray[np.int64], watch: Watch | None) -> PartResult:
        batches = -(-len(labels) // self.copies)
        if watch:
            watch(batches, batches)
        return PartResult(
            result.first_spikes, labels, batches, result.spikes, result.saturations,
            clipped=result.clipped if self.clips else None, peaks=result.peaks,
        )  # fmt: skip

    @property
    def weights(self) -> Sequence[NDArray[np.float64]]:
        """The current weights, (n_post, n_pre) per projection."""
        return self.mirror.weights

    @property
    def delays(self) -> Delays:
        """The current delays in steps, not rounded, (n_post, n_pre) per projection; None for one without delays."""
        return self.mirror.delays

    @property
    def moments(self) -> Moments:
        """What the optimizer keeps of the gradients."""
        return Moments(*self.mirror.moments)

    def state(self) -> dict[str, NDArray[Any]]:
        """Copy everything that the next epoch depends on, for a checkpoint."""
        return self.mirror.state()

    def load_state(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Restore a `state()`. Raises ValueError if an array is missing or has another shape or type."""
        self.mirror.load_state(state)
