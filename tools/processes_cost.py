"""Measure how much faster a board trains and tests on several processes: epochs of each number of processes in turn, beside each other.

    python tools/processes_cost.py [--processes 1 2 3 4] [--scenario yinyang-board] [--epochs 4]

One row of Markdown for each number of processes, with the least and the median of the epochs but the first. "CPU s" is that of each process
in a train part, in the epoch that took least of it; its greatest value is what the part takes where each process has a core to itself and
waits for nobody. "Rounds", "waits" and "sleeps" are those of the first process in a batch of the last train part. All must end in the same
weights.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import os
import statistics
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from spinn2sim.hardware.engines.compiled.compiled_board import CompiledBoard
from spinn2sim.hardware.engines.spread.spread_board import SpreadBoard
from spinn2sim.scenario.draws import epoch_order
from spinn2sim.training.crew import spread_over
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.training.run_inputs import load_run_inputs


class Lap(NamedTuple):
    """What an epoch took: seconds of its train and test part, and CPU seconds of each process in the train part."""

    train_s: float
    test_s: float
    cpu_s: list[float]
    rounds: float
    waits: float
    sleeps: float
    weights: str


def cpu_seconds() -> list[float]:
    """Return the CPU seconds of this process and of those that it has started, so far."""
    ticks = os.sysconf("SC_CLK_TCK")
    found = [time.process_time()]
    for process in sorted(multiprocessing.active_children(), key=lambda process: process.name):
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        found.append((int(fields[11]) + int(fields[12])) / ticks)
    return found


def laps(pipe: Connection, processes: int, scenario: str) -> None:
    """Train and test an epoch whenever the pipe brings its number, and send back the lap."""
    inputs = load_run_inputs(scenario)
    with spread_over(processes):
        trainer = OnChipTrainer(inputs)
        pipe.send(None)
        while (epoch := pipe.recv()) is not None:
            before, begun = cpu_seconds(), time.perf_counter()
            part = trainer.train(epoch, epoch_order(0, epoch, len(inputs.train)))
            trained, after = time.perf_counter(), cpu_seconds()
            engine = getattr(trainer.player, "engine", None)
            if not isinstance(engine, CompiledBoard | SpreadBoard):
                raise TypeError(f"found {engine}, allowed is a scenario with a board")
            counts = [number / part.batches for number in (engine.rounds, *engine.waits)]
            trainer.evaluate(epoch)
            tested = time.perf_counter()
            digest = hashlib.sha256()
            for name, array in sorted(trainer.state().items()):
                digest.update(name.encode() + array.tobytes())
            spent = [late - early for early, late in zip(before, after, strict=True)]
            pipe.send(Lap(trained - begun, tested - trained, spent, *counts, digest.hexdigest()[:16]))


def measure(asked: list[int], scenario: str, epochs: int) -> dict[int, list[Lap]]:
    """Return the laps of each number of processes but the first. Raises ValueError if weights differ."""
    spawn = multiprocessing.get_context("spawn")
    runs = {}
    for processes in asked:
        mine, theirs = spawn.Pipe()
        run = spawn.Process(target=laps, args=(theirs, processes, scenario))
        run.start()
        mine.recv()
        runs[processes] = mine, run
    found: dict[int, list[Lap]] = {processes: [] for processes in asked}
    for epoch in range(1, epochs + 2):
        for processes, (pipe, _) in runs.items():
            pipe.send(epoch)
            found[processes].append(pipe.recv())
        if len({of_one[-1].weights for of_one in found.values()}) > 1:
            raise ValueError(f"found other weights after epoch {epoch}")
    for pipe, run in runs.values():
        pipe.send(None)
        run.join()
    return {processes: of_one[1:] for processes, of_one in found.items()}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--scenario", default="yinyang-board")
    parser.add_argument("--epochs", type=int, default=4)
    asked = parser.parse_args()
    found = measure(asked.processes, asked.scenario, asked.epochs)
    first = found[asked.processes[0]]
    print(
        "| processes | train s, least | median | times as fast | test s, least | median | times as fast | CPU s of each process, train "
        "| rounds a batch | waits | sleeps | weights |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    for processes, of_one in found.items():
        cells: list[str] = [str(processes)]
        for name in ("train_s", "test_s"):
            mine, theirs = ([getattr(lap, name) for lap in some] for some in (of_one, first))
            cells += [f"{min(mine):.3f}", f"{statistics.median(mine):.3f}", f"{min(theirs) / min(mine):.2f}"]
        cells.append(" ".join(f"{spent:.2f}" for spent in min((lap.cpu_s for lap in of_one), key=sum)))
        last = of_one[-1]
        cells += [f"{last.rounds:.0f}", f"{last.waits:.0f}", f"{last.sleeps:.0f}", last.weights]
        print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
