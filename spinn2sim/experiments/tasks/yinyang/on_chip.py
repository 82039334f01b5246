"""Trains and tests the row of the SpiNNaker2-style hardware on the simulated hardware, with the scenario beside this file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any

import numpy as np

from spinn2sim.mirror.loss_values import LossConstants
from spinn2sim.scenario.data.splits import load_splits
from spinn2sim.scenario.draws import epoch_order
from spinn2sim.scenario.load import load_text
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.training.run_inputs import make_run_inputs
from spinn2sim.training.score import score
from spinn2sim.training.trainer import PartResult

SCENARIO = "chip.toml"


def train(seed: int, samples: int, epochs: int | None, tell: Callable[[str], Any]) -> Mapping[str, Any]:
    """Train, and evaluate the test split after the last epoch. If `epochs` is None, the scenario's number is used."""
    text = (files("spinn2sim.experiments.tasks.yinyang") / SCENARIO).read_text()
    asked = {"seed": seed, "data.train_samples": samples, **({"training.epochs": epochs} if epochs else {})}
    scenario = load_text(text, asked, SCENARIO)
    inputs = make_run_inputs(scenario, *load_splits(scenario))
    chip = OnChipTrainer(inputs)
    for epoch in range(1, scenario.training.epochs + 1):
        chip.train(epoch, epoch_order(seed, epoch, len(inputs.train)))
        tell(f"epoch {epoch}/{scenario.training.epochs}")
    last = chip.evaluate(scenario.training.epochs)
    result = score(last.first_spikes, last.labels, scenario.network.steps, LossConstants(1.0, 0.0, 1.0))
    return {
        "accuracy": result.accuracy,
        "accuracy_strict": result.accuracy_strict,
        "silent_label": result.silent_label,
        "hidden_spikes": hidden_spikes(last),
    }


def hidden_spikes(outcome: PartResult) -> float:
    """Count the spikes of all hidden layers per sample."""
    return float(np.sum(outcome.spikes[1:-1]) / len(outcome.labels))
