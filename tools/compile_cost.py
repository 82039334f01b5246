"""What each choice of firmware_models/jit buys: cold compile time and speed of the compiled engine with and without it.

    python tools/compile_cost.py [--rounds 3] [--epochs 4]

Each variant trains yinyang.toml in processes of its own, on one thread: once from an empty cache, then --rounds times from its cache, the
variants in turn. All variants must end in the same weights. Takes some ten minutes on a quiet machine.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
AS_IS, BY_VALUE = "as it is", "structures by value"
# A variant's name, and what SPINN2SIM_PLAIN_NUMBA is set to.
VARIANTS = {
    AS_IS: "",
    "indices may be negative": "unsigned_index",
    "with reference counts": "uncounted",
    "each kernel by itself": "linked",
    BY_VALUE: "",
}
CHILD = """
import json, sys, time
out, epochs, by_value = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "1"
if by_value:
    from firmware_models.jit import by_reference
    by_reference.ByRef = lambda value: value
import spinn2sim
from firmware_models.jit.compiler import compile_clock
from spinn2sim.training.reporter import RunReporter
marks = []
class Clock(RunReporter):
    def epoch(self, line):
        marks.append(time.process_time())
run = spinn2sim.run("scenarios/yinyang.toml", out=out, overrides={"training.epochs": epochs}, reporter=Clock())
each = [b - a for a, b in zip(marks[1:], marks[2:])]
print(json.dumps({"compiling": compile_clock.seconds, "epoch": sorted(each)[len(each) // 2], "sha": run.summary["weights_sha256"]}))
"""


def measure(variant: str, cache: Path, epochs: int) -> dict[str, float | str]:
    """One process: seconds of compiling, CPU seconds of an epoch (median, the first left out), weights_sha256."""
    environment = {
        **os.environ, "NUMBA_CACHE_DIR": str(cache), "NUMBA_NUM_THREADS": "1", "SPINN2SIM_PLAIN_NUMBA": VARIANTS[variant],
        "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as out:
        arguments = [sys.executable, "-c", CHILD, f"{out}/run", str(epochs), "1" if variant == BY_VALUE else "0"]
        done = subprocess.run(  # noqa: S603 - our own command
            arguments, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
    found: dict[str, float | str] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Measure all variants and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=4)
    asked = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        caches = {variant: Path(folder) / str(n) for n, variant in enumerate(VARIANTS)}
        cold = {variant: measure(variant, caches[variant], asked.epochs) for variant in VARIANTS}
        warm: dict[str, list[float]] = {variant: [] for variant in VARIANTS}
        for _ in range(asked.rounds):
            for variant in VARIANTS:
                warm[variant].append(float(measure(variant, caches[variant], asked.epochs)["epoch"]))
    assert len({found["sha"] for found in cold.values()}) == 1, "variants differ in their weights"  # noqa: S101
    print("| variant | compiling, from an empty cache, s | CPU s an epoch: each round | ratio of the medians |")
    print("|---|---|---|---|")
    usual = statistics.median(warm[AS_IS])
    for variant in VARIANTS:
        rounds = " ".join(f"{seconds:.3f}" for seconds in warm[variant])
        ratio = statistics.median(warm[variant]) / usual
        print(f"| {variant} | {cold[variant]['compiling']:.0f} | {rounds} | {ratio:.2f} |")
    print(f"\nTaken in {time.monotonic() - begun:.0f} s.")


if __name__ == "__main__":
    main()
