"""Train Yin-Yang on the mirror with batches of 22, 88, 352 and 1,056 samples, as 1, 4, 16 and 48 chips would, and compare learning rates.

    python tools/large_batches.py [--seeds 3] [--out docs/results/large-batches.json]

A rule gives the learning rate of a batch of B samples from that of 22: "same" leaves it, "root" multiplies it by sqrt(B / 22), "linear" by
B / 22. Each rule is judged on a validation split, and the test accuracy of the best one is reported. With as many epochs, a large batch
makes fewer updates; runs with more epochs, whose rate falls as much over all of them, show what that costs.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import spinn2sim
from spinn2sim.training.reporter import RunReporter

RATE, BATCH, EPOCHS, DECAY, SAMPLES = 0.0019, 22, 40, 0.95, 5000
RULES = {"same": 0.0, "root": 0.5, "linear": 1.0}
# Batch, epochs.
CASES = ((22, 40), (1056, 40), (352, 40), (88, 40), (1056, 200))
VALIDATION = 1000


def trained(batch: int, epochs: int, rule: str, seed: int, folder: Path) -> dict[str, Any]:
    """One run: its accuracies after the last epoch, in percent."""
    overrides = {
        "seed": seed,
        "training.copies": batch,
        "training.epochs": epochs,
        "training.validation_samples": VALIDATION,
        "optimizer.learning_rate": RATE * (batch / BATCH) ** RULES[rule],
        "optimizer.decay": DECAY ** (EPOCHS / epochs),
    }
    run = spinn2sim.train("yinyang", folder, overrides, arithmetic="fixed", reporter=RunReporter())
    last = run.metrics[-1]
    return {
        "validation": 100 * last["validation_accuracy"],
        "test": 100 * last["test_accuracy"],
        "silent": 100 * last["test_silent_label"],
    }


def measured(batch: int, epochs: int, rule: str, seeds: int) -> dict[str, Any]:
    """All seeds of one case with one rule."""
    with tempfile.TemporaryDirectory() as folder:
        runs = [trained(batch, epochs, rule, seed, Path(folder) / str(seed)) for seed in range(seeds)]
    return {
        "batch": batch,
        "epochs": epochs,
        "updates": epochs * (SAMPLES // batch),
        "rule": rule,
        "rate": RATE * (batch / BATCH) ** RULES[rule],
        **{name: [round(run[name], 2) for run in runs] for name in runs[0]},
    }


def line(found: dict[str, Any]) -> str:
    """One row of the page's table."""
    means = {name: f"{np.mean(found[name]):.1f} ± {np.std(found[name]):.1f}" for name in ("validation", "test")}
    return (
        f"| {found['batch']:,} | {found['batch'] // BATCH} | {found['epochs']} | {found['updates']:,} | {found['rule']} | "
        f"{found['rate']:.4f} | {means['validation']} | {means['test']} |"
    )


def main() -> None:
    """Run all cases, print a row for each, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    found = []
    for batch, epochs in CASES:
        for rule in RULES if batch != BATCH else ("same",):
            found.append(measured(batch, epochs, rule, asked.seeds))
            print(line(found[-1]), flush=True)
            if asked.out:
                asked.out.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
