"""A board's chips against the mirror, which knows nothing of chips: one batch for all of them, bit for bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graph_scenario import SMALL_GRAPH
from small_scenario import SMALL, SMALL_READOUT
from spinn2sim.scenario import load_text
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.training.run_inputs import load_run_inputs
from spinn2sim.validation.validate_scenario import validate_inputs

TWO = {"board.shape": "rectangle", "board.columns": 2, "board.rows": 1}
# Three chips of which the last hangs at the end of a chain or at a fork, as the tree has it.
THREE = {"board.shape": "rectangle", "board.columns": 2, "board.rows": 2, "board.dead_chips": [[1, 1]]}
STOCHASTIC = {"numerics.rounding": "stochastic"}
RATE = {"training.silent_guard": "rate", "training.guard_step": 1e-3, "training.rate_range": [1.0, 1.5]}
RAISE = {"training.silent_guard": "raise_weights", "training.guard_step": 0.02}
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "push, Adam, rounds": (SMALL, {**TWO, "training.copies": 10, "mapping.reduce_rounds": 3}),
    "rate, SGD, no master": (
        SMALL, {**THREE, **RATE, **STOCHASTIC, "training.copies": 6, "optimizer.kind": "sgd", "optimizer.master": False},
    ),
    "raise, cut, short FIFOs": (
        SMALL_READOUT, {**THREE, **RAISE, **STOCHASTIC, "training.copies": 6, "mapping.neurons_per_pe": 3, "chip.fifo_capacity": 24},
    ),
    "recurrence, delays, rows, clip": (
        SMALL_GRAPH.replace("density = 0.5", "density = 0.1"),
        {**THREE, **RATE, **STOCHASTIC, "training.copies": 6, "mapping.neurons_per_pe": 4, "optimizer.clip": 1e-5},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_chips_of_a_board_are_one_mirror(case: str) -> None:
    """Spikes, adjoints, gradients, weights and delays of all chips are those of the mirror's batch, with noise, guards and limits."""
    text, overrides = CASES[case]
    validation = validate_inputs(load_run_inputs(load_text(text, overrides)), 2, "discrete_event")
    assert validation.holds, (validation.differences[:2], validation.losses)
    assert validation.batches == 2


def test_too_few_samples_for_a_batch_train_nothing() -> None:
    """A part without a whole batch has no answers, on a board as on a chip."""
    for board in ({}, TWO):
        chip = OnChipTrainer(load_run_inputs(load_text(SMALL, board)), engine="discrete_event")
        result = chip.train(1, np.arange(3))
        assert (result.batches, len(result.first_spikes)) == (0, 0)
