"""What learned delays are worth on Yin-Yang without a bias: accuracy of several seeds, with settings chosen on validation samples alone.

    python tools/delay_study.py search axonal --draws 8 --out runs/delays     # draws of the settings, judged on validation
    python tools/delay_study.py seeds axonal --out runs/delays                # five seeds with the settings of the best draw
    python tools/delay_study.py table --out runs/delays                       # what docs/results/delays.md shows

All runs are on the mirror in the chip's fixed point, from scenarios/yinyang-delays.toml. A label neuron that stays silent counts as wrong.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from spinn2sim.hardware.packet import Part
from spinn2sim.scenario.data.splits import load_splits
from spinn2sim.scenario.draws import epoch_order
from spinn2sim.scenario.load import load
from spinn2sim.training.metrics import score_part
from spinn2sim.training.mirror_trainer import MirrorTrainer
from spinn2sim.training.run_inputs import make_run_inputs

SCENARIO = Path(__file__).resolve().parent.parent / "scenarios" / "yinyang-delays.toml"
Overrides = dict[str, Any]
WITHOUT = {
    f"projection.{k}.{key}": value
    for k in (0, 1)
    for key, value in (("learn", "weights"), ("delay_steps", 0), ("delay_max", None))
}
# What each variant changes in the scenario, which has synaptic delays.
VARIANTS: dict[str, Overrides] = {
    "synaptic": {},
    "axonal": {"projection.0.learn": "axonal", "projection.1.learn": "axonal"},
    "weights": {**WITHOUT, "optimizer.delay_rate": None},
    "five": {"population.hidden.size": 5, "projection.1.init": [4.0, 2.0]},
    "coarse": {
        "network.dt_ms": 1.0, "network.steps": 60, "population.hidden.size": 60, "optimizer.delay_rate": 0.15,
        **{f"projection.{k}.{key}": value for k in (0, 1) for key, value in (("delay_steps", [0, 8]), ("delay_max", 15))},
    },
}  # fmt: skip
SEEDS, SEARCH_SEED, SEARCH_EPOCHS = (0, 1, 2, 3, 4), 100, 20
VALIDATION = {"training.validation_samples": 1000}


def drawn_settings(number: int, variant: str) -> Overrides:
    """Draw settings around the scenario's; draw 0 is the scenario itself."""
    if number == 0:
        return {}
    rng = np.random.default_rng([number, list(VARIANTS).index(variant)])
    base = load(SCENARIO, VARIANTS[variant])

    def scaled(value: float, factor: float) -> float:
        return float(value * factor ** rng.uniform(-1, 1))

    settings = {
        "optimizer.learning_rate": scaled(base.optimizer.learning_rate, 2),
        "network.tau_mem_ms": scaled(base.network.tau_mem_ms, 1.6),
        "network.tau_syn_ms": scaled(base.network.tau_syn_ms, 1.6),
        "loss.xi_ms": scaled(base.loss.xi_ms or 1.0, 1.5),
    }
    if base.optimizer.delay_rate is not None:
        settings["optimizer.delay_rate"] = scaled(base.optimizer.delay_rate, 2)
    for k, projection in enumerate(base.projection or ()):
        mean, deviation = projection.init  # type: ignore[misc]
        settings[f"projection.{k}.init"] = [scaled(mean, 1.5), scaled(deviation, 1.5)]
    return settings


def trained(overrides: Overrides) -> dict[str, float]:
    """Train on the fixed-point mirror; return accuracies of validation and test, and hidden spikes per sample, after the last epoch."""
    scenario = load(SCENARIO, overrides)
    inputs = make_run_inputs(scenario, *load_splits(scenario))
    trainer = MirrorTrainer(inputs, "fixed")
    for epoch in range(1, scenario.training.epochs + 1):
        trainer.train(epoch, epoch_order(scenario.seed, epoch, len(inputs.train)))
    found: dict[str, float] = {}
    for name, part in (("validation", Part.VALIDATION), ("test", Part.TEST)):
        result = trainer.evaluate(scenario.training.epochs, part=part)
        score = score_part(scenario, result)
        found |= {f"{name}_accuracy": float(score.accuracy or 0), f"{name}_silent": float(score.silent_label or 0)}
        found[f"{name}_hidden_spikes"] = float(result.spikes[1] / len(result.labels))
    return found


def search(variant: str, draws: int, out: Path) -> None:
    """Judge draws of the settings by validation accuracy alone, and append them to VARIANT-draws.jsonl."""
    for number in range(draws):
        settings = drawn_settings(number, variant)
        short = {"training.epochs": SEARCH_EPOCHS, "seed": SEARCH_SEED}
        found = trained({**VARIANTS[variant], **VALIDATION, **settings, **short})
        line = {"draw": number, "validation_accuracy": found["validation_accuracy"], "settings": settings}
        _append(out / f"{variant}-draws.jsonl", line)


def best_settings(variant: str, out: Path) -> Overrides:
    """Return the settings of the draw with the highest validation accuracy; those of the scenario if there was no search."""
    lines = _lines(out / f"{variant}-draws.jsonl")
    best: Overrides = max(lines, key=lambda line: line["validation_accuracy"])["settings"] if lines else {}
    return best


def train_seeds(variant: str, seeds: Sequence[int], out: Path) -> None:
    """Train each seed with the best settings, and append the results to VARIANT-seeds.jsonl."""
    settings = best_settings(variant, out)
    for seed in seeds:
        found = trained({**VARIANTS[variant], **VALIDATION, **settings, "seed": seed})
        _append(out / f"{variant}-seeds.jsonl", {"seed": seed, **found})


def table(out: Path) -> None:
    """Print a row for each variant: mean and standard deviation of the test accuracy over the seeds."""
    print("| variant | seeds | test accuracy / % | each seed | validation / % | hidden spikes | silent labels / % |")
    print("|---|---|---|---|---|---|---|")
    for variant in VARIANTS:
        lines = _lines(out / f"{variant}-seeds.jsonl")
        if not lines:
            continue
        test = 100 * np.array([line["test_accuracy"] for line in lines])
        mean = {key: float(np.mean([line[key] for line in lines])) for key in lines[0]}
        deviation = test.std(ddof=1) if len(test) > 1 else 0.0
        print(
            f"| {variant} | {len(lines)} | {test.mean():.2f} +- {deviation:.2f} | {', '.join(f'{value:.1f}' for value in test)} | "
            f"{100 * mean['validation_accuracy']:.2f} | {mean['test_hidden_spikes']:.1f} | {100 * mean['test_silent']:.2f} |"
        )


def _append(path: Path, line: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(json.dumps(line) + "\n")
    print(path.name, line, flush=True)


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["search", "seeds", "table"])
    parser.add_argument("variant", choices=list(VARIANTS), nargs="?", default="synaptic")
    parser.add_argument("--draws", type=int, default=8)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--out", type=Path, default=Path("runs/delays"))
    asked = parser.parse_args()
    if asked.what == "search":
        search(asked.variant, asked.draws, asked.out)
    elif asked.what == "seeds":
        train_seeds(asked.variant, asked.seeds, asked.out)
    else:
        table(asked.out)


if __name__ == "__main__":
    main()
