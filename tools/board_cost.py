"""Measure what training on boards of 1, 2, ... chips costs the simulator: CPU time per sample and memory, each in a process of its own.

    python tools/board_cost.py [--chips 1 2 48] [--samples 8448] [--laps 5]

Yin-Yang with 22 copies on each chip, whole batches, ticks at their bounds; the first batch is not timed. A lap is a train part and a test
part of so many samples; boards take turns, so that a busy machine slows all of them. One row of Markdown for each, of CPU times the least
and the median.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import statistics
import time
from itertools import pairwise
from multiprocessing.connection import Connection
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


def measure(asked: Connection, chips: int, samples: int) -> None:
    """Train and test, a lap for each number of an epoch that comes, and answer with CPU us a sample; then with the rest of the row."""
    batch = COPIES * chips
    batches = max(2, samples // batch)
    count = batch * batches
    changes = {"training.copies": batch, "data.train_samples": count, "data.test_samples": count, **shape(chips)}
    inputs = load_run_inputs("yinyang", changes)
    begun = time.process_time()
    trainer = OnChipTrainer(inputs)
    made = time.process_time() - begun
    trainer.train(1, epoch_order(0, 1, len(inputs.train)), batches=1)
    asked.send(None)
    chip_us, rounds = 0.0, 0.0
    while epoch := asked.recv():
        order = epoch_order(0, epoch, len(inputs.train))
        times = [time.process_time()]
        result = trainer.train(epoch, order)
        times.append(time.process_time())
        rounds = rounds_of(trainer) / batches
        if result.chip_q is None:
            raise ValueError("found no chip")
        chip_us = result.chip_q / QUANTA_PER_US / batches
        trainer.evaluate(epoch)
        times.append(time.process_time())
        asked.send([1e6 * (end - begin) / count for begin, end in pairwise(times)])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    asked.send((batch, made, peak, chip_us, chip_us / batch, rounds))


def rounds_of(trainer: OnChipTrainer) -> int:
    """Count the rounds over all chips in which the last part was played; a chip alone has none."""
    engine = getattr(trainer.player, "engine", None)
    return engine.rounds if isinstance(engine, CompiledBoard) else 0


def text(times: list[float]) -> str:
    """The least and the median of some times."""
    return f"{min(times):.0f}, {statistics.median(times):.0f} us"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chips", type=int, nargs="+", default=[1, 2, WHOLE_BOARD])
    parser.add_argument("--samples", type=int, default=8 * COPIES * WHOLE_BOARD)
    parser.add_argument("--laps", type=int, default=5)
    asked = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    ends = []
    for chips in asked.chips:
        mine, its = context.Pipe()
        context.Process(target=measure, args=(its, chips, asked.samples), daemon=True).start()
        mine.recv()
        ends.append(mine)
    laps: list[list[list[float]]] = [[] for _ in ends]
    for lap in range(asked.laps):
        for one, times in zip(ends, laps, strict=True):
            one.send(lap + 2)
            times.append(one.recv())
    print(
        "| chips | batch | plans and programs | CPU per train sample | per test sample | memory | simulated per batch | "
        "simulated per sample | rounds a batch |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for chips, one, times in zip(asked.chips, ends, laps, strict=True):
        one.send(0)
        batch, made, peak, chip_us, sample_us, rounds = one.recv()
        train, test = (text(list(column)) for column in zip(*times, strict=True))
        print(
            f"| {chips} | {batch:,} | {made:.2f} s | {train} | {test} | {peak:,.0f} MB | {chip_us:,.0f} us | "
            f"{sample_us:.1f} us | {rounds:,.0f} |"
        )


if __name__ == "__main__":
    main()
