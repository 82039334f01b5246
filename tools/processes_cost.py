"""Measure how much faster a board trains and tests on several processes: the least of several epochs of each, in turn.

    python tools/processes_cost.py [--processes 1 2 3 4] [--scenario yinyang-board] [--epochs 4] [--rounds 1]

One row of Markdown for each number of processes. "Beyond a share" is what a window costs beyond its part of one process's time: agreeing on
it, and waiting for the process that has most to do. "CPU" is that of the first process. All must end in the same weights.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple

from spinn2sim.hardware.engines.compiled.compiled_board import CompiledBoard
from spinn2sim.hardware.engines.spread.spread_board import SpreadBoard
from spinn2sim.scenario.draws import epoch_order
from spinn2sim.training.crew import spread_over
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.training.run_inputs import load_run_inputs


class Found(NamedTuple):
    """What one number of processes took: seconds of an epoch's train and test part, and CPU seconds of the first process."""

    train_s: float
    test_s: float
    cpu_s: float
    windows: int
    weights: str

    def least(self, other: Found) -> Found:
        """The lesser time of each part. Raises ValueError if the weights differ."""
        if self.weights != other.weights:
            raise ValueError(f"found weights {self.weights} and {other.weights}")
        return Found(
            min(self.train_s, other.train_s),
            min(self.test_s, other.test_s),
            min(self.cpu_s, other.cpu_s),
            self.windows,
            self.weights,
        )


def measure(processes: int, scenario: str, epochs: int) -> Found:
    """Train, and return the least of the epochs but the first."""
    inputs = load_run_inputs(scenario)
    with spread_over(processes):
        trainer = OnChipTrainer(inputs)
        found = []
        for epoch in range(1, epochs + 2):
            begun, cpu = time.perf_counter(), time.process_time()
            trainer.train(epoch, epoch_order(0, epoch, len(inputs.train)))
            trained, spent = time.perf_counter(), time.process_time() - cpu
            engine = getattr(trainer.player, "engine", None)
            windows = engine.windows if isinstance(engine, CompiledBoard | SpreadBoard) else 0
            trainer.evaluate(epoch)
            found.append((trained - begun, time.perf_counter() - trained, spent))
        digest = hashlib.sha256()
        for name, array in sorted(trainer.state().items()):
            digest.update(name.encode() + array.tobytes())
    train_s, test_s, cpu_s = (min(times) for times in zip(*found[1:], strict=True))
    return Found(train_s, test_s, cpu_s, windows, digest.hexdigest()[:16])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--scenario", default="yinyang-board")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=1)
    asked = parser.parse_args()
    found: dict[int, Found] = {}
    for _ in range(asked.rounds):
        for processes in asked.processes:
            with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
                one = pool.submit(measure, processes, asked.scenario, asked.epochs).result()
            found[processes] = found[processes].least(one) if processes in found else one
    first = found[asked.processes[0]]
    print(
        "| processes | train s | test s | train ratio | test ratio | CPU s | windows | us a window beyond a share | weights |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for processes, one in found.items():
        beyond = 1e6 * (one.train_s - first.train_s * asked.processes[0] / processes) / max(1, one.windows)
        print(
            f"| {processes} | {one.train_s:.3f} | {one.test_s:.3f} | {first.train_s / one.train_s:.2f} | {first.test_s / one.test_s:.2f} | "
            f"{one.cpu_s:.2f} | {one.windows:,} | {beyond:.1f} | {one.weights} |"
        )


if __name__ == "__main__":
    main()
