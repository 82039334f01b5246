"""Hybrid training: trains off the chip, goes on on the simulated chip, and back; writes the tables and figures of docs/results/hybrid.md.

Example: python tools/hybrid.py rounded      (or: rotated)
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from spinn2sim.report.run import Run
from spinn2sim.scenario import load
from studies.kept import Where, accuracies, first_epoch_at, kept
from studies.page import put, spread, table

ROOT = Path(__file__).parent.parent
SCENARIOS, PAGE = ROOT / "scenarios" / "hybrid", ROOT / "docs" / "results" / "hybrid.md"
SEEDS = (0, 1, 2, 3, 4)
FORMATS = ("s4.11", "s4.7", "s4.4", "s4.3", "s4.2")
TURNS = (10, 20, 45)
GOALS = (85.0, 90.0)
AFTER = (0, 1, 5, 20)  # epochs of the field's samples
OFF_CHIP, FROM_SCRATCH = SCENARIOS / "off-chip.toml", SCENARIOS / "from-scratch.toml"


def off_chip(out: Path, seed: int) -> Run:
    """The start: trained in float64."""
    return kept(out / f"off-chip-{seed}", "float64", OFF_CHIP, {"seed": seed})


def on_from(start: Run, name: str, where: Where, scenario: str, seed: int, **changed: object) -> Run:
    """A run of one of the hybrid scenarios from another run's weights, kept beside it."""
    keys = {key.replace("__", "."): value for key, value in changed.items()}
    overrides = {"seed": seed, "training.start_from": str(start.folder.absolute()), **keys}
    return kept(start.folder.parent / f"{name}-{seed}", where, SCENARIOS / scenario, overrides)


def last(runs: list[Run]) -> list[float]:
    """Accuracy after the last epoch of each run."""
    return [accuracies(run)[-1] for run in runs]


def first(runs: list[Run]) -> list[float]:
    """Accuracy before training."""
    return [accuracies(run)[0] for run in runs]


# ---------------------------------------------------------------- (a) rounded weights
def rounded(out: Path) -> None:
    """Weights of fewer bits: what rounding loses, what training on the chip wins back, and the way back to float64."""
    starts = [off_chip(out, seed) for seed in SEEDS]
    found, lines = {}, []
    for name in FORMATS:
        chip = [
            on_from(start, f"rounded-{name}", "chip", "rounded.toml", seed, numerics__weight=name)
            for start, seed in zip(starts, SEEDS, strict=True)
        ]
        back = [
            on_from(run, f"back-{name}", "float64", "rounded.toml", seed) for run, seed in zip(chip, SEEDS, strict=True)
        ]
        found[name] = chip
        lost = np.subtract(last(starts), first(chip))
        won = np.subtract(last(chip), first(chip))
        lines.append(
            [
                name,
                spread(first(chip)),
                spread(lost),
                spread(last(chip)),
                spread(won),
                spread(first(back)),
                spread(last(back)),
            ]
        )
    control = [
        on_from(start, "more", "float64", "rounded.toml", seed) for start, seed in zip(starts, SEEDS, strict=True)
    ]
    head = [
        "weight",
        "rounded",
        "lost",
        "after training on chip",
        "won back",
        "its weights in float64",
        "trained on in float64",
    ]
    text = f"Off-chip start, float64: {spread(last(starts))}; trained on in float64 with the settings below: {spread(last(control))}.\n\n"
    put(PAGE, "rounded", text + table(head, lines))
    _draw_rounded(last(starts), found, PAGE.with_name("hybrid-rounded.png"))


def _draw_rounded(start: list[float], found: dict[str, list[Run]], path: Path) -> None:
    plt = _plotting()
    made, axis = plt.subplots(figsize=(6, 3.4), layout="constrained")
    bits = [int(name.partition(".")[2]) for name in found]
    axis.axhline(np.mean(start), color="grey", linestyle=":", label="off-chip start, float64")
    for pick, style, label in ((first, "s--", "rounded"), (last, "o-", "after training on chip")):
        values = np.array([pick(runs) for runs in found.values()])
        axis.errorbar(bits, values.mean(axis=1), values.std(axis=1, ddof=1), fmt=style, capsize=3, label=label)
    axis.set(xlabel="fraction bits of the weights", ylabel="test accuracy (%)")
    axis.invert_xaxis()
    axis.legend()
    axis.grid(alpha=0.3)
    made.savefig(path, dpi=110)


# ---------------------------------------------------------------- (b) a task that has changed
def rotated(out: Path) -> None:
    """A chip in the field: how many samples to a goal from the off-chip start, and from scratch."""
    starts = [off_chip(out, seed) for seed in SEEDS]
    lines, curves = [], {}
    for turn in TURNS:
        adapted = [
            on_from(start, f"turned-{turn}", "chip", "rotated.toml", seed, data__rotation_deg=turn)
            for start, seed in zip(starts, SEEDS, strict=True)
        ]
        scratch = [
            kept(out / f"scratch-{turn}-{seed}", "chip", FROM_SCRATCH, {"seed": seed, "data.rotation_deg": turn})
            for seed in SEEDS
        ]
        curves[turn] = (adapted, scratch)
        for name, runs in (("off-chip start", adapted), ("from scratch", scratch)):
            after = [spread([accuracies(run)[epoch] for run in runs]) for epoch in AFTER]
            lines.append([f"{turn}°", name, *after, *(_samples(runs, goal) for goal in GOALS)])
    shown = [f"after {_presented(adapted[0], epoch):,}" for epoch in AFTER]
    head = ["turned by", "start", *shown, *(f"samples to {goal:g} %" for goal in GOALS)]
    put(PAGE, "rotated", table(head, lines))
    _draw_rotated(curves, PAGE.with_name("hybrid-rotated.png"))


def _presented(run: Run, epoch: int) -> int:
    """Training samples shown up to the end of an epoch."""
    copies = load(run.folder / "scenario.toml").training.copies
    return sum(copies * line["batches"] for line in run.metrics[: epoch + 1])


def _samples(runs: list[Run], goal: float) -> str:
    """Samples shown until the goal is first reached: median, lowest and highest over the seeds."""
    epochs = [first_epoch_at(run, goal) for run in runs]
    reached = [_presented(run, epoch) for run, epoch in zip(runs, epochs, strict=True) if epoch is not None]
    if len(reached) < len(runs):
        return f"{len(reached)} of {len(runs)} seeds reach it"
    return f"{np.median(reached):,.0f} ({min(reached):,} to {max(reached):,})"


def _draw_rotated(curves: dict[int, Any], path: Path) -> None:
    plt = _plotting()
    made, axes = plt.subplots(1, len(curves), figsize=(11, 3.2), sharey=True, layout="constrained")
    for axis, (turn, pair) in zip(axes, curves.items(), strict=True):
        for runs, label in zip(pair, ("off-chip start", "from scratch"), strict=True):
            values = np.array([accuracies(run) for run in runs])
            shown = [_presented(runs[0], epoch) for epoch in range(values.shape[1])]
            axis.plot(shown, values.mean(axis=0), label=label)
            axis.fill_between(shown, values.min(axis=0), values.max(axis=0), alpha=0.25)
        axis.set(title=f"turned by {turn}°", xlabel="training samples on the chip", xscale="symlog")
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("test accuracy (%)")
    axes[-1].legend(loc="lower right")
    made.savefig(path, dpi=110)


def _plotting() -> Any:
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    return plt


def main() -> None:
    """One study."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", choices=("rounded", "rotated"))
    parser.add_argument("--out", type=Path, default=Path("runs/hybrid"), help="runs are kept here")
    args = parser.parse_args()
    (rounded if args.study == "rounded" else rotated)(args.out)


if __name__ == "__main__":
    main()
