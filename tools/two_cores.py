"""Measures what a second core brings: evaluation on the chip, training on the mirror, and several seeds in processes.

    python tools/two_cores.py [evaluation] [mirror] [seeds] [--laps 7] [--scenario scenarios/yinyang.toml] [--out FILE.json]

Laps with one and with two threads (of seeds: processes) take turns, so that other work on the machine meets both. Printed are the least
and the median wall time of each, the ratio of the least ones and the median ratio of laps that followed each other, and CPU seconds:
two threads need two idle cores to be 1.8 times as fast, and the CPU that they take beyond that of one is what being two costs.
Evaluation and mirror must give the same answers with both.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numba
import numpy as np

from benches.clock import Lap, lap
from spinn2sim.scenario.draws import epoch_order
from spinn2sim.training.mirror_trainer import MirrorTrainer
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.training.run_inputs import load_run_inputs
from spinn2sim.training.trainer import PartResult

TEST_SAMPLES, MIRROR_BATCH, SEEDS = 5000, 256, 4


class Figure(NamedTuple):
    """What one and two took."""

    what: str
    one: list[Lap]
    two: list[Lap]

    def numbers(self) -> dict[str, Any]:
        """Seconds and ratios."""
        least = [min(one.wall for one in laps) for laps in (self.one, self.two)]
        pairs = [one.wall / two.wall for one, two in zip(self.one, self.two, strict=True)]
        return {
            "what": self.what,
            "wall_s": least,
            "median_wall_s": [statistics.median(one.wall for one in laps) for laps in (self.one, self.two)],
            "cpu_s": [min(one.cpu for one in laps) for laps in (self.one, self.two)],
            "ratio_of_least": least[0] / least[1],
            "ratio_of_pairs": [min(pairs), statistics.median(pairs), max(pairs)],
        }


def evaluation(scenario: Path, laps: int) -> Figure:
    """The test part of an epoch on the chip, on the compiled engine."""
    chip = OnChipTrainer(load_run_inputs(scenario, {"data.test_samples": TEST_SAMPLES, "data.train_samples": 220}))
    chip.train(1, np.arange(220))
    return take_turns("evaluation on the chip", lambda: chip.evaluate(1), laps)


def mirror(scenario: Path, laps: int) -> Figure:
    """An epoch of training on the mirror in float64, with a large batch."""
    inputs = load_run_inputs(scenario, {"data.train_samples": 20_000})
    object.__setattr__(inputs.scenario.training, "copies", MIRROR_BATCH)  # no chip has room for so many
    order = epoch_order(0, 1, len(inputs.train))

    def train() -> PartResult:
        return MirrorTrainer(inputs, "float64").train(1, order)

    return take_turns(f"mirror, float64, batch {MIRROR_BATCH}", train, laps)


def take_turns(what: str, play: Callable[[], PartResult], laps: int) -> Figure:
    """Time laps with one and two threads in turn, after one of each that is not counted. Fails if their answers differ."""
    taken: tuple[list[Lap], list[Lap]] = ([], [])
    answers: list[bytes] = []
    for n in range(laps + 1):
        for threads in (1, 2):
            numba.set_num_threads(threads)
            with lap() as took:
                found = play()
            if n:
                taken[threads - 1].append(took)
                answers.append(found.first_spikes.tobytes() + found.spikes.tobytes())
    if len(set(answers)) > 1:
        raise SystemExit(f"{what}: one and two threads differ")
    return Figure(what, *taken)


def seeds(scenario: Path, laps: int) -> Figure:
    """`run --seeds 0..3` with one and with two processes, each on one thread, from start to end."""
    taken: tuple[list[Lap], list[Lap]] = ([], [])
    environment = {**os.environ, "NUMBA_NUM_THREADS": "1"}
    for _ in range(laps):
        for processes in (1, 2):
            with tempfile.TemporaryDirectory() as folder:
                command = [
                    sys.executable, "-m", "spinn2sim", "run", str(scenario), "--seeds", f"0..{SEEDS - 1}",
                    "--processes", str(processes), "--out", f"{folder}/seeds", "--set", "training.epochs=10",
                ]  # fmt: skip
                start, used = time.perf_counter(), children_s()
                subprocess.run(command, check=True, capture_output=True, env=environment)  # noqa: S603
                taken[processes - 1].append(Lap(time.perf_counter() - start, children_s() - used))
    return Figure(f"run --seeds 0..{SEEDS - 1}, 10 epochs", *taken)


def children_s() -> float:
    """The CPU seconds of all processes that this one has waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


MEASURED = {"evaluation": evaluation, "mirror": mirror, "seeds": seeds}


def main() -> None:
    """A line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", metavar="WHAT", help=f"{', '.join(MEASURED)}; without any, all")
    parser.add_argument("--laps", type=int, default=7)
    parser.add_argument("--scenario", type=Path, default=Path("scenarios/yinyang.toml"))
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    found = []
    for what in args.what or MEASURED:
        numbers = MEASURED[what](args.scenario, args.laps).numbers()
        found.append(numbers)
        one, two = numbers["wall_s"]
        low, middle, high = numbers["ratio_of_pairs"]
        print(
            f"{numbers['what']}: {one:.3f} s with one, {two:.3f} s with two, {numbers['ratio_of_least']:.2f} times as fast "
            f"(in turn: {middle:.2f}, {low:.2f} to {high:.2f}); CPU {numbers['cpu_s'][0]:.3f} and {numbers['cpu_s'][1]:.3f} s",
            flush=True,
        )
    if args.out:
        args.out.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
