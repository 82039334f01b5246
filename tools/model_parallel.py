"""Trains networks that are too large for one chip on several chips of a board: chips, link load, simulated and wall time.

    python tools/model_parallel.py                       # all rows of the table in docs/reference/board.md
    python tools/model_parallel.py --only shd wide       # of these networks
    python tools/model_parallel.py --map                 # how they are placed, without training

shd: 140-256-20 with a recurrent hidden population, on spikes that are drawn in the size of the Spiking Heidelberg Digits, as by
tools/shd_sized.py, which needs the extra "shd"; shd-700: all 700 channels, as whole matrices. wide: Yin-Yang with two hidden populations.
Link load is that of the busiest link: packets of a batch, and the share of the time of its forward, loss and backward ticks in which it is
busy. CPU time is that of the training batches after the first one, with everything compiled.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from shd_sized import write_samples
from spinn2sim.errors import DataWarning
from spinn2sim.hardware.packet import STEP_PHASES, Phase
from spinn2sim.hardware.units import QUANTA_PER_US, seconds
from spinn2sim.trace.board_columns import link_columns
from spinn2sim.training.firmware_of_scenario import make_firmware
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.training.plan_of_scenario import make_plans
from spinn2sim.training.run_inputs import RunInputs, load_run_inputs
from spinn2sim.training.start import make_trainer

ROOT = Path(__file__).resolve().parent.parent
BATCHES = 2
TEST = 4
BOARD = {"board.shape": "hexagon", "board.parallel": "model"}
SHD = {"data.test_samples": TEST, "data.train_samples": 32 * BATCHES}
# The inputs of 32 copies get a chip for themselves: with more, PEs could send more in an instant than the compiled engine has room for.
APART = {"training.copies": 32, "chip.reserved_pes": 73}
WHOLE = {"data.channels": 700, "population.in.size": 700, "projection.in->hidden.init": [0.006, 0.016]}


class Row(NamedTuple):
    """A network of the table: the scenario, and what is changed."""

    scenario: str
    changes: dict[str, Any]


ROWS = {
    "shd": Row("shd.toml", {**SHD, **APART}),
    "shd-700": Row("shd.toml", {**SHD, **WHOLE, "training.copies": 16}),
    "wide": Row("yinyang.toml", {
        "network.hidden": [500, 500], "network.init": "auto", "training.copies": 4, "data.train_samples": 4 * BATCHES,
        "data.test_samples": TEST, "mapping.pes_per_layer": [1, 20, 62, 1],  # small parts, whose FIFOs hold all errors of a tick
    }),
}  # fmt: skip
HEAD = (
    "network", "copies", "chips", "PEs", "lines of the fullest table", "us a step", "ms a batch, board", "packets over links a batch",
    "busiest link: packets a batch", "busy", "CPU ms a sample", "losses",
)  # fmt: skip


def inputs_of(row: Row, folder: Path) -> RunInputs:
    """Read the scenario of a network on a board."""
    data = {"data.path": str(folder)} if row.scenario == "shd.toml" else {}
    return load_run_inputs(ROOT / "scenarios" / row.scenario, {**row.changes, **data, **BOARD})


def placement(inputs: RunInputs) -> str:
    """Say which chips have which parts."""
    plans, lines = make_plans(inputs.scenario, inputs.graph, inputs.most_spikes, make_firmware(inputs.scenario)), []
    for chip, plan in zip(plans.board.chips, plans.plans, strict=True):
        held = ", ".join(f"{group.name} {len(group.cores)}" for group in plan.groups)
        lines += [f"  chip {chip}: {held}; {len(plan.entries)} lines"] if held else []
    return "\n".join(lines)


def train_row(name: str, inputs: RunInputs) -> str:
    """Train the batches and return a line of the table."""
    trainer = make_trainer(inputs, "run")
    if not isinstance(trainer, OnChipTrainer):
        raise TypeError(f"a run trains on the chip, found {type(trainer).__name__}")
    copies = trainer.scenario.training.copies
    trainer.train(1, np.arange(copies))
    begin = time.process_time()
    result = trainer.train(2, np.arange(BATCHES * copies))
    cpu_s = time.process_time() - begin
    links = link_columns(trainer.board_plan, result.chips)
    used = [plan for plan in trainer.plans if plan.groups]
    steps_q = sum(p.ticks * p.period_q for p in used[0].schedule.train if p.phase in STEP_PHASES)
    step_q = next(p.period_q for p in used[0].schedule.train if p.phase is Phase.FORWARD)
    cells = (
        name,
        copies,
        len(used),
        sum(len(group.cores) for plan in used for group in plan.groups),
        max(len(plan.entries) for plan in used),
        step_q // QUANTA_PER_US,
        f"{1000 * seconds(result.chip_q or 0) / BATCHES:.1f}",
        int(links["packets"].sum()) // BATCHES,
        int(links["packets"].max()) // BATCHES,
        f"{links['busy_q'].max() / (BATCHES * steps_q):.2%}",
        f"{1000 * cpu_s / (BATCHES * copies):.0f}",
        ", ".join(map(str, result.counters.losses())) if result.counters else "none",
    )
    return f"| {' | '.join(str(cell) or 'none' for cell in cells)} |"


def main(argv: Sequence[str] | None = None) -> None:
    """Print a table with a line per network."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=ROWS, default=list(ROWS))
    parser.add_argument("--map", action="store_true", help="say how networks are placed, and do not train")
    options = parser.parse_args(argv)
    warnings.simplefilter("ignore", DataWarning)  # of digits that a few drawn samples do not have
    if not options.map:
        print(f"| {' | '.join(HEAD)} |\n|{'---|' * len(HEAD)}")
    with tempfile.TemporaryDirectory() as where:
        folder, rng = Path(where), np.random.default_rng(0)
        if any(ROWS[name].scenario == "shd.toml" for name in options.only):
            for split, count in (("train", 32 * BATCHES), ("test", TEST)):
                write_samples(folder / f"shd_{split}.h5", count, rng)
        for name in options.only:
            inputs = inputs_of(ROWS[name], folder)
            print(f"{name}\n{placement(inputs)}" if options.map else train_row(name, inputs), flush=True)


if __name__ == "__main__":
    main()
