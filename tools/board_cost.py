"""Measure what training on boards of 1, 2, ... chips costs the simulator: CPU time per sample and memory, each in a process of its own.

    python tools/board_cost.py [--chips 1 2 48] [--samples 8448]

Yin-Yang with 22 copies on each chip, whole batches, ticks at their bounds; the first batch is not timed. One row of Markdown for each.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import time
from typing import Any

from spinn2sim.hardware.engines.compiled.compiled_board import CompiledBoard
from spinn2sim.hardware.units import QUANTA_PER_US
from spinn2sim.scenario.draws import epoch_order
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.training.run_inputs import load_run_inputs

COPIES = 22
WHOLE_BOARD = 48


def shape(chips: int) -> dict[str, Any]:
    """The keys of a board of so many chips: a row, or the hexagon of 48."""
    if chips == WHOLE_BOARD:
        return {"board.shape": "hexagon"}
    return {"board.shape": "rectangle", "board.columns": chips, "board.rows": 1}


def measure(chips: int, samples: int) -> str:
    """Train, and return a row of the table."""
    batch = COPIES * chips
    batches = max(2, samples // batch)
    changes = {
        "training.copies": batch,
        "data.train_samples": batch * batches,
        "data.test_samples": batch,
        **shape(chips),
    }
    inputs = load_run_inputs("yinyang", changes)
    begun = time.process_time()
    trainer = OnChipTrainer(inputs)
    made = time.process_time()
    trainer.train(1, epoch_order(0, 1, len(inputs.train)), batches=1)
    before = time.process_time()
    result = trainer.train(2, epoch_order(0, 2, len(inputs.train)))
    spent = time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if result.chip_q is None:
        raise ValueError("found no chip")
    chip_us = result.chip_q / QUANTA_PER_US / batches
    return (
        f"| {chips} | {batch:,} | {made - begun:.2f} s | {1e6 * spent / (batch * batches):.0f} us | {peak:,.0f} MB | {chip_us:,.0f} us | "
        f"{chip_us / batch:.1f} us | {rounds_of(trainer) / batches:,.0f} |"
    )


def rounds_of(trainer: OnChipTrainer) -> int:
    """Count the rounds in which the chips were played in the last part; a chip without links has none."""
    engine = getattr(trainer.player, "engine", None)
    return engine.rounds if isinstance(engine, CompiledBoard) else 0


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chips", type=int, nargs="+", default=[1, 2, WHOLE_BOARD])
    parser.add_argument("--samples", type=int, default=8 * COPIES * WHOLE_BOARD)
    asked = parser.parse_args()
    print(
        "| chips | batch | plans and programs | CPU per sample | memory | simulated per batch | simulated per sample | rounds a batch |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for chips in asked.chips:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            print(pool.apply(measure, (chips, asked.samples)), flush=True)


if __name__ == "__main__":
    main()
