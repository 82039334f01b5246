"""Runs one batch of a scenario to see what share of its busy cycles each operation takes."""

from __future__ import annotations

from dataclasses import replace

from spinn2sim.scenario.board_keys import DATA
from spinn2sim.scenario.board_of_scenario import copies_on_chip
from spinn2sim.scenario.draws import epoch_order
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.training.run_inputs import RunInputs


def shares_of_a_batch(inputs: RunInputs) -> dict[str, float]:
    """Train one batch on the chip, of a board whose chips have copies on one of them.

    Returns the share of each operation in the busy cycles of the PEs.
    """
    inputs = _on_one_chip(inputs)
    trainer = OnChipTrainer(inputs)
    order = epoch_order(inputs.scenario.seed, 1, len(inputs.train))
    rows = trainer.train(1, order, batches=1).cycles
    assert rows is not None  # noqa: S101 - a chip always counts
    total = max(1, int(rows["cycle_parts"].sum()))
    return {
        str(name): float(rows["cycle_parts"][rows["operation"] == name].sum()) / total
        for name in dict.fromkeys(rows["operation"].tolist())
    }


def _on_one_chip(inputs: RunInputs) -> RunInputs:
    """Return the inputs with as many copies as one chip of a board has."""
    scenario = inputs.scenario
    if scenario.board is None or scenario.board.parallel != DATA:
        return inputs
    training = replace(scenario.training, copies=copies_on_chip(scenario))
    return replace(inputs, scenario=replace(scenario, board=None, training=training))
