"""Training on the chip under other mappings: bit for bit the same, with nothing late; the mirror is not asked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from spinn2sim.hardware.packet import Kind
from spinn2sim.scenario.keys import Scenario
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.training.trainer import PartResult
from tiny_networks import packed, tiny_chip

ORDER = np.array([4, 0, 7, 2, 5, 1, 3, 6])
RECIPES: dict[str, dict[str, Any]] = {
    "adam, stochastic": {"numerics.rounding": "stochastic", "optimizer.weight_decay": 1e-4},
    "push": {"training.silent_guard": "push", "training.guard_step": 1e-3, "loss.a": 0.0},
    "raise, no master": {"training.silent_guard": "raise_weights", "training.guard_step": 0.05, "optimizer.master": False},
    "sgd": {"optimizer.kind": "sgd", "optimizer.momentum": 0.9, "optimizer.learning_rate": 5.0},
}  # fmt: skip
MAPPINGS: dict[str, dict[str, Any]] = {
    "one neuron a PE": {"mapping.neurons_per_pe": 1},
    "two neurons a PE, dealt at random": {"mapping.neurons_per_pe": 2, "mapping.placement": "random"},
    "uneven parts": {"mapping.pes_per_layer": (3, 4, 1, 2)},
    "two reduce rounds": {"mapping.reduce_rounds": 2},
    "a round for each copy, low clock": {"mapping.reduce_rounds": 3, "chip.performance_level": "low"},
    "no PE reserved": {"chip.reserved_pes": 0, "mapping.placement": "random"},
}
# One neuron on each PE: 3 copies of 4 + 6 + 6 + 3 PEs and a loss, and an optimizer PE for each of the 15 shares with weights.
PES = {"one neuron a PE": 3 * 20 + 15, "uneven parts": 3 * 11 + 7, "two reduce rounds": 3 * 5 + 3}


def result(recipe: dict[str, Any], mapping: dict[str, Any]) -> tuple[OnChipTrainer, list[PartResult], list[Any]]:
    """Two epochs of two batches and a test with a partial last batch; what must not depend on the mapping."""
    chip = tiny_chip({**recipe, **mapping}, samples=8)
    outcomes = [chip.train(1, ORDER), chip.train(2, ORDER[::-1])]
    same = [packed(chip.weights), gradients(chip)]
    outcomes.append(chip.evaluate(2))
    for outcome in outcomes:
        same += [outcome.first_spikes.tobytes(), outcome.spikes.tolist(), outcome.saturations.tolist()]
    return chip, outcomes, same


def gradients(chip: OnChipTrainer) -> bytes:
    """The last batch's gradient words of each copy, put together from the shares."""
    sizes, words = chip.inputs.sizes, b""
    for group, program in zip(chip.plan.groups, chip.programs, strict=True):
        if group.program == "lif":
            whole = np.zeros((chip.plan.copies, sizes[group.layer - 1], sizes[group.layer]), np.int64)
            c = group.columns
            for row, (copy, first, size) in enumerate(zip(c["copy"], c["first"], c["size"], strict=True)):
                whole[copy, :, first : first + size] = program.state.gradient[row][:, :size]
            assert whole.any()
            words += whole.tobytes()
    return words


@pytest.mark.parametrize("recipe", RECIPES)
def test_mapping_changes_no_result(recipe: str) -> None:
    """Cutting layers otherwise, placing copies elsewhere, or reducing in more rounds leaves weights and spikes bit for bit."""
    start = packed(tiny_chip(RECIPES[recipe]).weights)
    _, outcomes, base = result(RECIPES[recipe], {})
    assert base[0] != start, "nothing was learned, so nothing is compared"
    assert outcomes[0].spikes[-1] > 0
    assert all(outcome.saturations.sum() == 0 for outcome in outcomes)
    for name, mapping in MAPPINGS.items():
        chip, outcomes, same = result(RECIPES[recipe], mapping)
        assert same == base, name
        if name in PES:
            assert sum(len(group.cores) for group in chip.plan.groups) == PES[name]


@pytest.mark.parametrize("mapping", ["one neuron a PE", "uneven parts", "two reduce rounds"])
def test_auto_tick_loses_nothing(mapping: str) -> None:
    """The bound on ticks covers the worst wake and the network: no overrun, no late packet, nothing dropped or unmatched."""
    _, outcomes, _ = result(RECIPES["push"], MAPPINGS[mapping])
    for outcome in outcomes:
        assert outcome.counters is not None
        assert outcome.counters.losses() == []
        assert outcome.unrecorded == 0
    counters = outcomes[0].counters
    assert counters is not None
    assert counters.sent[Kind.ERROR] > 0
    assert counters.sent[Kind.GUARD] > 0


def test_recipes_do_what_their_names_say() -> None:
    """The recipes differ in their result: else comparing mappings under each of them would prove the same thing four times."""
    ends = {packed(tiny_trained(RECIPES[name])) for name in RECIPES}
    assert len(ends) == len(RECIPES)


def tiny_trained(changes: dict[str, Any]) -> list[Any]:
    """Weights after one epoch."""
    chip = tiny_chip(changes, samples=8)
    assert isinstance(chip.scenario, Scenario)
    chip.train(1, ORDER)
    return chip.weights
