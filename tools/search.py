"""Hyper-parameter search with the fixed-point mirror: draws settings, trains some seeds, prints one JSON line each; never on the test set.

Accuracy is that of the last epoch, never of the best one, unless --test says that the choice is made on a validation split: Yin-Yang's
seed 41, the last fifth of the training samples of images.
Example: python tools/search.py scenarios/yinyang.toml --vary 'optimizer.learning_rate=[0.001, 0.002]' --draws 20 --seeds 100 107
"""

from __future__ import annotations

import argparse
import json
import time
import tomllib
from pathlib import Path
from typing import Any

import numba
import numpy as np

from spinn2sim.data.dataset import Dataset, rows_of
from spinn2sim.data.load import load_dataset
from spinn2sim.mirror import Mirror
from spinn2sim.scenario import load
from spinn2sim.scenario.seeds import epoch_order, initial_weights
from spinn2sim.spec.scenario import Scenario
from spinn2sim.trace.score import LossConstants, Score, score

VALIDATION_SEED = 41


def train(
    scenario: Scenario, train_set: Dataset, test_set: Dataset, arithmetic: Any = "fixed"
) -> tuple[Score, list[float]]:
    """A whole run; the score after the last epoch, and the spikes per sample and layer of that evaluation."""
    sizes = (train_set.n_inputs, *scenario.network.hidden, train_set.n_classes)
    mirror = Mirror(scenario, sizes, initial_weights(scenario, sizes), arithmetic)
    for epoch in range(1, scenario.training.epochs + 1):
        mirror.train_epoch(train_set, epoch_order(scenario.seed, epoch, len(train_set)), epoch)
    result = mirror.evaluate(test_set, scenario.training.epochs)
    loss, dt = scenario.loss, scenario.network.dt_ms
    constants = LossConstants(loss.xi_ms / dt, loss.a, loss.b_ms / dt)
    found = score(result.first_spikes, test_set.labels, scenario.network.steps, constants)
    return found, [round(s / len(test_set), 1) for s in result.spikes.tolist()]


def seeds_of(
    path: Path, settings: dict[str, Any], seeds: range, floor: float, test: bool, arithmetic: str
) -> dict[str, Any]:
    """The figures of every seed, in percent; gives up at the first seed below `floor`."""
    rows, started = [], time.perf_counter()
    data = load_dataset(load(path, settings))
    if not test and load(path, settings).data.source != "yinyang":
        cut = len(data[0]) * 4 // 5
        data = rows_of(data[0], 0, cut), rows_of(data[0], cut, len(data[0]))
    for seed in seeds:
        found, spikes = train(load(path, settings | {"seed": seed}), *data, arithmetic)
        shares = (found.accuracy, found.accuracy_strict, found.silent_label, found.silent_all)
        rows.append([round(100 * float(share or 0), 1) for share in shares] + [spikes[1:]])
        if rows[-1][0] < floor:
            break
    accuracy = [row[0] for row in rows]
    seconds = round(time.perf_counter() - started, 1)
    return {"seeds": len(rows), "min": min(accuracy), "median": float(np.median(accuracy)), "s": seconds, "rows": rows}


def main() -> None:
    """Read the arguments, draw, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenario", type=Path)
    parser.add_argument(
        "--vary", action="append", default=[], metavar="KEY=[V1, V2, ...]", help="a TOML array to draw from"
    )
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--draws", type=int, default=1, help="settings to draw; each is drawn from all --vary lists")
    parser.add_argument("--draw-seed", type=int, default=0)
    parser.add_argument("--seeds", type=int, nargs=2, default=(100, 107), metavar=("FIRST", "LAST"))
    parser.add_argument("--floor", type=float, default=0.0, help="percent; a setting ends with its first seed below it")
    parser.add_argument("--arithmetic", choices=("fixed", "float64"), default="fixed")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--test", action="store_true", help="the scenario's own test split: for the last figures")
    args = parser.parse_args()
    numba.set_num_threads(args.threads)
    choices = [tomllib.loads(f"{key} = {values}") for key, values in (text.split("=", 1) for text in args.vary)]
    fixed: dict[str, Any] = dict(text.split("=", 1) for text in args.set)
    fixed = {key: tomllib.loads(f"x = {value}")["x"] for key, value in fixed.items()}
    if not args.test:
        fixed["data.test_seed"] = VALIDATION_SEED
    rng = np.random.default_rng(args.draw_seed)
    for _ in range(args.draws):
        drawn: dict[str, Any] = {}
        for text, tree in zip(args.vary, choices, strict=True):
            key, values = text.split("=", 1)[0].strip(), tree
            for part in key.split("."):
                values = values[part]
            drawn[key] = list(values)[int(rng.integers(len(values)))]
        report = seeds_of(
            args.scenario,
            fixed | drawn,
            range(args.seeds[0], args.seeds[1] + 1),
            args.floor,
            args.test,
            args.arithmetic,
        )
        print(json.dumps({"settings": drawn} | report), flush=True)


if __name__ == "__main__":
    main()
