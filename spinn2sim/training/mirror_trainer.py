"""The mirror as something that trains, in the same shape as the chip; it adds nothing to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from spinn2sim.mirror import BatchResult, Mirror
from spinn2sim.scenario.data.dataset import Dataset
from spinn2sim.scenario.keys import Scenario
from spinn2sim.training.reporter import Watch
from spinn2sim.training.trainer import TEST, VALIDATION, PartResult


class MirrorTrainer:
    """Trains `scenario` off the chip, in float64 or in the chip's fixed point."""

    def __init__(
        self,
        scenario: Scenario,
        train: Dataset,
        test: Dataset,
        weights: Sequence[NDArray[np.float64]],
        arithmetic: Literal["float64", "fixed"],
        validation: Dataset | None = None,
    ) -> None:
        self.train_data, self.held_out = train, {TEST: test, VALIDATION: validation or test}
        self.copies = scenario.training.copies
        self.clips = scenario.optimizer.clip is not None or scenario.optimizer.clip_norm is not None
        self.mirror = Mirror(scenario, (train.n_inputs, *scenario.network.hidden, train.n_classes), weights, arithmetic)

    def train(self, epoch: int, order: NDArray[np.int64], watch: Watch | None = None) -> PartResult:
        """The train part of an epoch."""
        whole = order[: len(order) // self.copies * self.copies]
        return self._outcome(
            self.mirror.train_epoch(self.train_data, order, epoch), self.train_data.labels[whole], watch
        )

    def evaluate(self, epoch: int, watch: Watch | None = None, part: int = TEST) -> PartResult:
        """The test part of an epoch, or its validation part."""
        data = self.held_out[part]
        return self._outcome(self.mirror.evaluate(data, epoch, part), data.labels, watch)

    def _outcome(self, result: BatchResult, labels: NDArray[np.int64], watch: Watch | None) -> PartResult:
        batches = -(-len(labels) // self.copies)
        if watch:
            watch(batches, batches)
        return PartResult(
            result.first_spikes, labels, batches, result.spikes, result.saturations,
            clipped=result.clipped if self.clips else None, peaks=result.peaks,
        )  # fmt: skip

    @property
    def weights(self) -> Sequence[NDArray[np.float64]]:
        """(n_out, n_in) per layer."""
        return self.mirror.weights

    def state(self) -> dict[str, NDArray[Any]]:
        """For a checkpoint."""
        return self.mirror.state()

    def load_state(self, kept: Mapping[str, NDArray[Any]]) -> None:
        """From a checkpoint."""
        self.mirror.load_state(kept)
