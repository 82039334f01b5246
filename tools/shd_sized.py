"""Maps and trains scenarios/shd.toml on random spikes of the size of the Spiking Heidelberg Digits: copies that fit, ticks, samples/s.

    python tools/shd_sized.py                        # 140 and 700 channels; prints a table, as docs/results/shd.md has it
    python tools/shd_sized.py --channels 700 --batches 1

The data are drawn, so accuracy means nothing: every sample has 8,000 spikes in a second, about as many as the published ones, of 700
units. Needs the extra "shd".
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import spinn2sim
from spinn2sim.errors import DataWarning, MappingError
from spinn2sim.hardware.plan import Plan

SCENARIO = Path(__file__).resolve().parent.parent / "scenarios" / "shd.toml"
UNITS, CLASSES, SPIKES, TEST = 700, 20, 8000, 4
MOST_COPIES = 16


def write_samples(path: Path, count: int, rng: np.random.Generator) -> None:
    """Write a file laid out as the published ones, with random spikes over a second."""
    import h5py

    with h5py.File(path, "w") as file:
        file["labels"] = np.arange(count) % CLASSES
        times = file.create_dataset("spikes/times", (count,), h5py.vlen_dtype(np.float16))
        units = file.create_dataset("spikes/units", (count,), h5py.vlen_dtype(np.int64))
        for k in range(count):
            times[k] = np.sort(rng.random(SPIKES)).astype(np.float16)
            units[k] = rng.integers(0, UNITS, SPIKES)


def largest_plan(changes: dict[str, Any]) -> Plan:
    """Return the plan with the most copies that fit. Raises MappingError if one does not."""
    for copies in range(MOST_COPIES, 1, -1):
        try:
            return spinn2sim.map(SCENARIO, {**changes, "training.copies": copies, "data.train_samples": copies})
        except MappingError:
            continue
    return spinn2sim.map(SCENARIO, {**changes, "training.copies": 1, "data.train_samples": 1})


def train_row(changes: dict[str, Any], plan: Plan, batches: int, folder: Path) -> str:
    """Train a few batches on the chip and return a line of the table."""
    sizes = {"training.copies": plan.copies, "data.train_samples": batches * plan.copies, "training.epochs": 2}
    run = spinn2sim.run(SCENARIO, folder, overrides={**changes, **sizes})
    line = run.metrics[-1]
    used, samples = sum(len(group.cores) for group in plan.groups), batches * plan.copies
    forms = "; ".join(f"{p.pre} {'rows' if p.as_rows else 'matrix'} {p.sram_bytes}" for p in plan.projections)
    cells = (
        changes["data.channels"],
        changes["projection.in->hidden.density"],
        changes["projection.hidden->hidden.density"],
        plan.copies,
        f"{used} of {plan.pes_available}",
        forms,
        sum(phase.ticks for phase in plan.schedule.train),
        run.summary["tick_us"]["forward"],
        f"{samples / line['train_chip_s']:.1f}",
        f"{samples / line['train_wall_s']:.1f}",
        ", ".join(line["losses"]) or "none",
    )
    return f"| {' | '.join(map(str, cells))} |"


HEAD = (
    "channels", "density in -> hidden", "density hidden -> hidden", "copies", "PEs", "forms, bytes on the fullest PE", "ticks a batch",
    "us a step", "samples/s, chip", "samples/s, here", "losses",
)  # fmt: skip
# Channels, and the densities of in -> hidden and of hidden -> hidden.
ROWS = ((140, 1.0, 1.0), (140, 1.0, 0.1), (700, 0.2, 1.0), (700, 0.2, 0.1))


def main(argv: Sequence[str] | None = None) -> None:
    """Print a table with a line per network."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--channels", type=int, nargs="+", default=[140, 700])
    parser.add_argument("--batches", type=int, default=3)
    options = parser.parse_args(argv)
    print(f"| {' | '.join(HEAD)} |\n|{'---|' * len(HEAD)}")
    warnings.simplefilter("ignore", DataWarning)  # of digits that a few drawn samples do not have
    with tempfile.TemporaryDirectory() as name:
        folder, rng = Path(name), np.random.default_rng(0)
        for split, count in (("train", options.batches * MOST_COPIES), ("test", TEST)):
            write_samples(folder / f"shd_{split}.h5", count, rng)
        for k, (channels, into, within) in enumerate(row for row in ROWS if row[0] in options.channels):
            changes = {
                "data.path": str(folder), "data.channels": channels, "data.test_samples": TEST, "population.in.size": channels,
                "projection.in->hidden.density": into, "projection.hidden->hidden.density": within,
                **({"projection.in->hidden.init": [0.03, 0.08]} if channels == UNITS else {}),
            }  # fmt: skip
            print(train_row(changes, largest_plan(changes), options.batches, folder / f"run{k}"), flush=True)


if __name__ == "__main__":
    main()
