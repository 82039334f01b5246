"""The comparison of a batch on the chip with one on the mirror: a single wrong integer anywhere is found and named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.validation.batch_comparison import BatchView, differences
from spinn2sim.validation.validate_scenario import validate_scenario

STEPS, COPIES, SIZES = 4, 2, (3, 5, 2)


def view() -> BatchView:
    """Return a batch whose words are all 0, in which no output spikes."""

    def layers(kind: type) -> list[Any]:
        return [np.zeros((STEPS, COPIES, n), kind) for n in SIZES[1:]]

    gradients = [np.zeros((COPIES, SIZES[k + 1], SIZES[k]), np.int64) for k in range(2)]
    first = np.full((COPIES, SIZES[-1]), STEPS)
    return BatchView(
        layers(np.uint8),
        layers(np.int64),
        layers(np.int64),
        layers(np.int64),
        gradients,
        [np.zeros((COPIES, SIZES[k + 1], SIZES[k]), np.int64) for k in range(2)],
        first,
        *(np.zeros_like(first) for _ in range(2)),
    )


@pytest.mark.parametrize("layer", [0, 1])
@pytest.mark.parametrize("field", ["spikes", "v_slope", "lambda_v", "lambda_i", "gradients", "delay_gradients"])
def test_each_quantity_of_each_layer_counts(field: str, layer: int) -> None:
    """A single word that differs in one quantity of one layer gives exactly one line, with its place and both values."""
    chip = view()
    getattr(chip, field)[layer][1, 1, 0] = 1

    assert list(differences(view(), view())) == []
    (line,) = differences(chip, view())
    name = {"v_slope": "d", "delay_gradients": "gradients of delays"}.get(field, field)
    assert line.startswith(f"{name} of layer {layer + 1} at ")
    assert "(1, 1, 0): 1 on the chip, 0 in the mirror (1 of " in line


def test_first_spikes_count() -> None:
    """A first spike that differs is found, too: it is what the loss PE wrote to DRAM."""
    chip = view()
    chip.first_spike[0, 1] = 2

    (line,) = differences(chip, view())
    assert line.startswith("first spike at ")


def test_weights_count(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A weight that differs after the last batch is found, although no spike depends on it."""
    original = OnChipTrainer.weights.fget  # type: ignore[attr-defined]

    def off(self: OnChipTrainer) -> Any:
        found = original(self)
        found[1][2, 3] += 2.0**-15
        return found

    monkeypatch.setattr(OnChipTrainer, "weights", property(off))
    found = validate_scenario(small, 1)

    assert not found.holds
    assert len(found.differences) == 1
    assert found.differences[0].startswith("epoch 1 batch 0: weights_1 at (neuron, source) (2, 3): ")
