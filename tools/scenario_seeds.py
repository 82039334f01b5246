"""Accuracy of a scenario over several seeds, on the mirror in the chip's fixed point: test accuracy with its mean and standard deviation.

    python tools/scenario_seeds.py scenarios/yinyang-delays.toml --out runs/seeds --set training.validation_samples=1000

The weights of the last epoch count, or with training.keep = "best" those of the epoch with the highest validation accuracy, the first of
equal ones. A silent label neuron counts as wrong. A seed whose line is in OUT/NAME.jsonl already is not trained again.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from spinn2sim.hardware.packet import Part
from spinn2sim.scenario.data.splits import Splits, load_splits
from spinn2sim.scenario.draws import epoch_order
from spinn2sim.scenario.keys import Scenario
from spinn2sim.scenario.load import load
from spinn2sim.training.metrics import score_part
from spinn2sim.training.mirror_trainer import MirrorTrainer
from spinn2sim.training.run_inputs import make_run_inputs

SEEDS = (0, 1, 2, 3, 4)
HEAD = (
    "| variant | seeds | test accuracy / % | each seed | validation / % | hidden spikes | silent labels / % |\n"
    "|---|---|---|---|---|---|---|"
)
Line = dict[str, Any]


def trained(scenario: Scenario, splits: Splits, parts: Sequence[Part]) -> dict[str, float]:
    """Train on the fixed-point mirror; return accuracy, silent labels and hidden spikes per sample of each part, from the kept epoch."""
    inputs = make_run_inputs(scenario, *splits)
    trainer = MirrorTrainer(inputs, "fixed")
    kept, best = {}, -1.0
    for epoch in range(1, scenario.training.epochs + 1):
        trainer.train(epoch, epoch_order(scenario.seed, epoch, len(inputs.train)))
        if scenario.training.keep == "best":
            accuracy = score_part(scenario, trainer.evaluate(epoch, part=Part.VALIDATION)).accuracy or 0.0
            if accuracy > best:
                kept, best = trainer.state(), accuracy
    if kept:
        trainer.load_state(kept)
    found: dict[str, float] = {}
    for part in parts:
        name, result = part.name.lower(), trainer.evaluate(scenario.training.epochs, part=part)
        score = score_part(scenario, result)
        found |= {f"{name}_accuracy": float(score.accuracy or 0), f"{name}_silent": float(score.silent_label or 0)}
        found[f"{name}_hidden_spikes"] = float(result.spikes[1] / len(result.labels))
    return found


def train_seeds(path: Path, overrides: Line, seeds: Sequence[int], out: Path) -> None:
    """Train a scenario with each seed that has no line in the file `out` yet, and append its line."""
    done = {line["seed"] for line in lines(out)}
    splits = load_splits(load(path, overrides))  # no split depends on the seed of the run
    for seed in [seed for seed in seeds if seed not in done]:
        scenario = load(path, {**overrides, "seed": seed})
        parts = [*([Part.VALIDATION] if splits.validation else []), Part.TEST]
        append(out, {"seed": seed, **trained(scenario, splits, parts)})


def table_row(name: str, found: Sequence[Line]) -> str:
    """Make a row of a table in Markdown: mean and standard deviation of the test accuracy over the seeds."""
    test = 100 * np.array([line["test_accuracy"] for line in found])
    mean = {key: float(np.mean([line[key] for line in found])) for key in found[0]}
    deviation = test.std(ddof=1) if len(test) > 1 else 0.0
    validation = f"{100 * mean['validation_accuracy']:.2f}" if "validation_accuracy" in mean else ""
    return (
        f"| {name} | {len(found)} | {test.mean():.2f} +- {deviation:.2f} | {', '.join(f'{value:.1f}' for value in test)} | "
        f"{validation} | {mean['test_hidden_spikes']:.1f} | {100 * mean['test_silent']:.2f} |"
    )


def append(path: Path, line: Line) -> None:
    """Append a line of JSON to a file, and say it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(json.dumps(line) + "\n")
    print(path.name, line, flush=True)


def lines(path: Path) -> list[Line]:
    """Read the lines of a file; none if there is no file."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def main() -> None:
    """Train the seeds, and print their row."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--out", type=Path, default=Path("runs/seeds"))
    asked = parser.parse_args()
    overrides = {key: _value(text) for key, text in (item.split("=", 1) for item in asked.set)}
    out = asked.out / f"{asked.scenario.stem}.jsonl"
    train_seeds(asked.scenario, overrides, asked.seeds, out)
    print(HEAD + "\n" + table_row(asked.scenario.stem, lines(out)))


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


if __name__ == "__main__":
    main()
