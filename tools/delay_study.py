"""What learned delays are worth on Yin-Yang without a bias: accuracy of several seeds, with settings chosen on validation samples alone.

    python tools/delay_study.py search five --draws 36 --out runs/delays      # draws of the settings, judged on validation
    python tools/delay_study.py seeds synaptic --out runs/delays              # five seeds of a variant's scenario
    python tools/delay_study.py table --out runs/delays                       # what docs/results/delays.md shows

All runs are on the mirror in the chip's fixed point. `search` starts from scenarios/yinyang-delays.toml; the scenario of a variant has what
the best draw found. A label neuron that stays silent counts as wrong.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from scenario_seeds import HEAD, SEEDS, append, lines, table_row, train_seeds, trained
from spinn2sim.hardware.packet import Part
from spinn2sim.scenario.data.splits import load_splits
from spinn2sim.scenario.load import load

SCENARIOS = Path(__file__).resolve().parent.parent / "scenarios"
SCENARIO = SCENARIOS / "yinyang-delays.toml"
Overrides = dict[str, Any]
WITHOUT = {
    f"projection.{k}.{key}": value
    for k in (0, 1)
    for key, value in (("learn", "weights"), ("delay_steps", 0), ("delay_max", None))
}
# Without it, hidden neurons fall silent for good in these variants, and seeds differ by many points.
RATE: Overrides = {"training.silent_guard": "rate", "training.rate_range": [0.5, 3.0], "training.guard_step": 0.01}
# What a search of each variant changes in SCENARIO before it draws settings.
VARIANTS: dict[str, Overrides] = {
    "synaptic": {},
    "axonal": {"projection.0.learn": "axonal", "projection.1.learn": "axonal"},
    "weights": {
        **WITHOUT, **RATE, "optimizer.delay_rate": None, "optimizer.learning_rate": 0.007, "loss.xi_ms": 0.35,
        "projection.0.init": [1.37, 0.42], "projection.1.init": [1.51, 0.81],
    },
    "five": {**RATE, "population.hidden.size": 5, "projection.1.init": [4.0, 2.0]},
    "coarse": {
        **RATE, "training.rate_range": [0.3, 1.5], "network.dt_ms": 1.0, "network.steps": 60, "population.hidden.size": 60,
        "optimizer.learning_rate": 0.007, "optimizer.delay_rate": 0.15, "loss.xi_ms": 1.5, "projection.1.init": [0.6, 0.4],
        **{f"projection.{k}.{key}": value for k in (0, 1) for key, value in (("delay_steps", [0, 8]), ("delay_max", 15))},
    },
}  # fmt: skip
VARIANTS["wide"] = {
    **VARIANTS["coarse"], "training.rate_range": [0.9, 2.0], "encoding.t_last_ms": 60.0, "network.steps": 120, "loss.xi_ms": 1.0,
    "network.tau_mem_ms": 32.8, "network.tau_syn_ms": 16.2, "optimizer.learning_rate": 0.004, "optimizer.delay_rate": 0.3,
    **{f"projection.{k}.{key}": value for k in (0, 1) for key, value in (("delay_steps", [0, 16]), ("delay_max", 31))},
}  # fmt: skip
# The scenario of each variant, and what is changed in it.
FOUND: dict[str, tuple[str, Overrides]] = {
    "synaptic": ("yinyang-delays", {}),
    "axonal": ("yinyang-delays", VARIANTS["axonal"]),
    "weights": ("yinyang-no-bias", {}),
    "five": ("yinyang-delays-five", {}),
    "coarse": ("yinyang-delays-coarse", {}),
    "wide": ("yinyang-delays-wide", {}),
}
SEARCH_SEEDS, SEARCH_EPOCHS, SEARCH_SAMPLES = (100, 101), 20, 4000
# The range of draws around the best draw so far, on a logarithmic scale, as a share of that around the scenario.
NARROWER = 0.4
VALIDATION = {"training.validation_samples": 1000}


def drawn_settings(number: int, variant: str, around: Overrides | None = None) -> Overrides:
    """Draw settings around the scenario's, or closer, around those of another draw; draw 0 is the scenario itself."""
    if number == 0:
        return {}
    rng = np.random.default_rng([number, list(VARIANTS).index(variant)])
    base = load(SCENARIO, {**VARIANTS[variant], **(around or {})})
    narrower = NARROWER if around else 1.0

    def scaled(value: float, factor: float) -> float:
        return float(value * factor ** (narrower * rng.uniform(-1, 1)))

    settings = {
        "optimizer.learning_rate": scaled(base.optimizer.learning_rate, 2),
        "network.tau_mem_ms": scaled(base.network.tau_mem_ms, 1.6),
        "network.tau_syn_ms": scaled(base.network.tau_syn_ms, 1.6),
        "loss.xi_ms": scaled(base.loss.xi_ms or 1.0, 2),
        "training.guard_step": scaled(base.training.guard_step, 3),
    }
    if base.optimizer.delay_rate is not None:
        settings["optimizer.delay_rate"] = scaled(base.optimizer.delay_rate, 2)
    for k, projection in enumerate(base.projection or ()):
        mean, deviation = projection.init  # type: ignore[misc]
        settings[f"projection.{k}.init"] = [scaled(mean, 1.8), scaled(deviation, 2.5)]
    return settings


def search(variant: str, draws: int, out: Path) -> None:
    """Judge draws of the settings by validation accuracy alone, the mean of SEARCH_SEEDS, and append them to VARIANT-draws.jsonl.

    From draw `draws` / 3 on, settings are drawn around the best so far.
    """
    for number in range(len(lines(out / f"{variant}-draws.jsonl")), draws):
        settings = drawn_settings(number, variant, best_settings(variant, out) if 3 * number >= draws else None)
        short = {"training.epochs": SEARCH_EPOCHS, "training.validation_samples": SEARCH_SAMPLES}
        asked = {**VARIANTS[variant], **settings, **short}
        runs = [load(SCENARIO, {**asked, "seed": seed}) for seed in SEARCH_SEEDS]
        found = [trained(scenario, load_splits(scenario), [Part.VALIDATION]) for scenario in runs]
        line = {
            "draw": number,
            "validation_accuracy": float(np.mean([run["validation_accuracy"] for run in found])),
            "hidden_spikes": float(np.mean([run["validation_hidden_spikes"] for run in found])),
            "settings": settings,
        }
        append(out / f"{variant}-draws.jsonl", line)


def best_settings(variant: str, out: Path) -> Overrides:
    """Return the settings of the draw with the highest validation accuracy; those of the scenario if there was no search."""
    draws = lines(out / f"{variant}-draws.jsonl")
    best: Overrides = max(draws, key=lambda line: line["validation_accuracy"])["settings"] if draws else {}
    return best


def table(out: Path) -> None:
    """Print a row for each variant: mean and standard deviation of the test accuracy over the seeds."""
    print(HEAD)
    for variant in VARIANTS:
        if found := lines(out / f"{variant}-seeds.jsonl"):
            print(table_row(variant, found))


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
        name, changes = FOUND[asked.variant]
        train_seeds(
            SCENARIOS / f"{name}.toml",
            {**VALIDATION, **changes},
            asked.seeds,
            asked.out / f"{asked.variant}-seeds.jsonl",
        )
    else:
        table(asked.out)


if __name__ == "__main__":
    main()
