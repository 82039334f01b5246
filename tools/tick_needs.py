"""How much of their ticks scenarios need, over whole trainings with several seeds: what the rule of chip.tick_us = "measured" rests on.

    python tools/tick_needs.py                            # yinyang, yinyang-demo, digits, split, recurrent, yinyang-delays; five seeds
    python tools/tick_needs.py yinyang --epochs 40        # one scenario with all its epochs
    python tools/tick_needs.py split --set chip.tick_us=auto --set chip.costs=assumed-1
    python tools/tick_needs.py --write                    # and puts the table into docs/reference/firmware.md

A row has the bound, the period and the longest need of a tick, in us, for forward and backward steps and for the update, and what was lost.
"""

from __future__ import annotations

import argparse
import warnings
from itertools import chain
from pathlib import Path

import numpy as np

from spinn2sim.hardware.engines.choice import ENGINES
from spinn2sim.hardware.packet import Outcome, Part, Phase
from spinn2sim.hardware.units import QUANTA_PER_US
from spinn2sim.scenario.draws import epoch_order
from spinn2sim.training.measured_ticks import bounds_of, choose_periods
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.training.run_inputs import load_run_inputs
from spinn2sim.training.tick_needs import TickNeeds
from studies.page import put, table

SCENARIOS = Path(__file__).resolve().parent.parent / "scenarios"
# The scenarios that need no download, with as many epochs as take a minute at most.
SHORT = {"split": 2, "yinyang-demo": 8, "yinyang": 5, "digits": 5, "recurrent": 1, "yinyang-delays": 1}
SHOWN = (Phase.FORWARD, Phase.BACKWARD, Phase.UPDATE)


def study(name: str, seed: int, epochs: int, changes: dict[str, str]) -> list[object]:
    """Train a scenario, and return its row: in how far its ticks were long enough."""
    inputs = load_run_inputs(SCENARIOS / f"{name}.toml", {"seed": seed, **changes})
    trainer = OnChipTrainer(inputs, None, ENGINES[0], choose_periods(inputs))
    schedule = trainer.plan.schedule
    periods = {one.phase: one.period_q // QUANTA_PER_US for one in schedule.train}
    bounds, needs = bounds_of(inputs), np.zeros(len(Phase))
    lost = {"overruns": 0, "late": 0, "early": 0}
    for epoch in range(1, epochs + 1):
        for part in (Part.TRAIN, Part.TEST):
            seen = TickNeeds(schedule, part, trainer.now_q)
            trainer.watch_with(seen)
            order = epoch_order(inputs.scenario.seed, epoch, len(inputs.train))
            result = trainer.train(epoch, order) if part == Part.TRAIN else trainer.evaluate(epoch)
            needs = np.maximum(needs, seen.needs_q / QUANTA_PER_US)
            if result.counters is not None:
                lost["overruns"] += int(result.counters.overruns.sum())
                lost["late"] += int(result.counters.outcomes[:, Outcome.LATE].sum())
                lost["early"] += int(result.counters.outcomes[:, Outcome.EARLY].sum())
    shown = [[bounds[phase], periods[phase], f"{needs[phase]:.1f}"] for phase in SHOWN]
    return [name, seed, epochs, *chain.from_iterable(shown), *lost.values()]


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", nargs="*", default=list(SHORT))
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")  # of ticks that are too short, which the table shows
    changes = dict(change.split("=", 1) for change in asked.set)
    phases = [f"{phase.name.lower()}: {what}" for phase in SHOWN for what in ("bound", "tick", "need")]
    head, rows = ["scenario", "seed", "epochs", *phases, "overruns", "late", "early"], []
    print(*head, sep=", ")
    for name in asked.scenarios:
        for seed in range(asked.seeds):
            rows.append(study(name, seed, asked.epochs or SHORT.get(name, 1), changes))
            print(*rows[-1], sep=", ", flush=True)
    if asked.write:
        put(SCENARIOS.parent / "docs" / "reference" / "firmware.md", "needs", table(head, rows))


if __name__ == "__main__":
    main()
