"""Accuracy against word length: trains the family of scenarios/word-length.toml on the fixed mirror and writes the table and figure of
docs/results/word-length.md.

The mirror equals the chip bit for bit; one row is run on the simulated chip as well and its weights are compared.
Example: python tools/word_length.py --workers 2
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from spinn2sim.scenario.keys import QUANTITIES
from studies.kept import Where, accuracies, kept
from studies.page import put, spread, table

ROOT = Path(__file__).parent.parent
SCENARIO, PAGE = ROOT / "scenarios" / "word-length.toml", ROOT / "docs" / "results" / "word-length.md"
SEEDS = (0, 1, 2, 3, 4)
ROUNDINGS = ("nearest", "stochastic")
BITS = (15, 13, 11, 9, 7, 6, 5, 4, 3, 2)
# What gets fewer bits. A chip's formats are bound to each other (docs/reference/equations.md): a weight has at most the
# state's fraction bits,
# an error at most the adjoint's.
VARIED = {
    "weight": ("weight",),
    "state": ("state", "weight"),
    "error": ("error",),
    "adjoint": ("adjoint", "error"),
    "all": QUANTITIES,
}
CHECKED = ("weight", 5, "stochastic", 0)


@dataclass(frozen=True)
class Row:
    """One setting of the family, with one seed."""

    varied: str
    bits: int
    rounding: str
    seed: int

    @property
    def overrides(self) -> dict[str, object]:
        """Scenario keys."""
        formats = {f"numerics.{name}": f"s16.{self.bits}" for name in VARIED[self.varied]}
        return {**formats, "numerics.rounding": self.rounding, "seed": self.seed}

    def folder(self, out: Path) -> Path:
        """Where its run is kept."""
        return out / f"{self.varied}-{self.bits}-{self.rounding}-{self.seed}"


def rows() -> Iterator[Row]:
    """The whole family."""
    for varied in VARIED:
        for bits in BITS:
            for rounding in ROUNDINGS:
                yield from (Row(varied, bits, rounding, seed) for seed in SEEDS)


def accuracy(row: Row, out: Path, where: Where = "fixed") -> float:
    """Test accuracy after the last epoch, in percent."""
    return accuracies(kept(row.folder(out), where, SCENARIO, row.overrides))[-1]


def checked_on_chip(out: Path) -> str:
    """One row on the simulated chip: the same weights, or an end."""
    row = Row(*CHECKED)
    chip = kept(out / "on-chip", "chip", SCENARIO, row.overrides).summary["weights_sha256"]
    mirror = kept(row.folder(out), "fixed", SCENARIO, row.overrides).summary["weights_sha256"]
    if chip != mirror:
        raise SystemExit(f"chip and mirror differ: {chip} and {mirror}")
    return f"weight s16.{row.bits}, {row.rounding}, seed {row.seed}: `weights_sha256` {chip[:16]} on the chip and on the mirror."


def float64(out: Path) -> list[float]:
    """What all this is compared with: the same scenario in float64, each seed."""
    runs = [kept(out / f"float64-{seed}", "float64", SCENARIO, {"seed": seed}) for seed in SEEDS]
    return [accuracies(run)[-1] for run in runs]


def figure(found: dict[Row, float], exact: list[float], path: Path) -> None:
    """Accuracy over fraction bits, a panel for each quantity."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt
    import numpy as np

    made, axes = plt.subplots(1, len(VARIED), figsize=(13, 3), sharey=True, layout="constrained")
    for axis, (varied, names) in zip(axes, VARIED.items(), strict=True):
        for rounding, style in zip(ROUNDINGS, ("o-", "s--"), strict=True):
            values = np.array([[found[Row(varied, bits, rounding, seed)] for seed in SEEDS] for bits in BITS])
            axis.errorbar(BITS, values.mean(axis=1), values.std(axis=1, ddof=1), fmt=style, capsize=2, label=rounding)
        axis.axhline(np.mean(exact), color="grey", linestyle=":", label="float64")
        axis.set(title=" and ".join(names) if len(names) < 3 else "all four", xlabel="fraction bits")
        axis.invert_xaxis()
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("test accuracy (%)")
    axes[0].legend()
    made.savefig(path, dpi=110)


def main() -> None:
    """Run what is not there yet, then write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/word-length"), help="runs are kept here")
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    family = list(rows())
    with ProcessPoolExecutor(args.workers) as pool:
        found = dict(zip(family, pool.map(accuracy, family, [args.out] * len(family)), strict=True))
    lines = [
        [varied if varied != "all" else "all four", bits]
        + [spread([found[Row(varied, bits, rounding, seed)] for seed in SEEDS]) for rounding in ROUNDINGS]
        for varied in VARIED
        for bits in BITS
    ]
    exact = float64(args.out)
    put(PAGE, "table", f"float64: {spread(exact)}\n\n" + table(["fewer bits", "fraction bits", *ROUNDINGS], lines))
    put(PAGE, "chip", checked_on_chip(args.out))
    figure(found, exact, PAGE.with_suffix(".png"))


if __name__ == "__main__":
    main()
