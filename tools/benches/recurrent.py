"""Training speed of scenarios/recurrent.toml (70-186-10, recurrent, learned delays of axons): the mirror at one batch size, or the chip.

python -m benches.recurrent {float64|fixed|chip} [--batch 22] [--epochs 3]. The chip has the copies that fit.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from benches.clock import lap, say
from benches.engines import counts, trainer
from benches.floor import FIXED, FLOAT64, chip_floor, training_floor
from spinn2sim.hardware.engines.choice import COMPILED
from spinn2sim.scenario.draws import epoch_order
from spinn2sim.training.mirror_trainer import MirrorTrainer
from spinn2sim.training.run_inputs import RunInputs, load_run_inputs

SCENARIO = Path("scenarios/recurrent.toml")


def mirror(inputs: RunInputs, arithmetic: Any, batch: int, epochs: int) -> None:
    """One figure for each epoch, on one thread."""
    object.__setattr__(inputs.scenario.training, "copies", batch)  # no chip has room for so many
    made = MirrorTrainer(inputs, arithmetic)
    made.train(1, epoch_order(0, 1, len(inputs.train))[: 2 * batch])
    for epoch in range(1, epochs + 1):
        with lap() as took:
            outcome = made.train(epoch, epoch_order(0, epoch, len(inputs.train)))
        samples, spikes = len(outcome.labels), [int(n) for n in outcome.spikes]
        floor = training_floor(inputs, spikes, samples, batch, FLOAT64 if arithmetic == "float64" else FIXED)
        name = f"mirror {arithmetic}, batch {batch}"
        say("recurrent", name, took, samples=samples, spikes=spikes, floor=floor._asdict())


def chip(inputs: RunInputs, epochs: int) -> None:
    """The same for the compiled engine without a trace."""
    copies = inputs.scenario.training.copies
    made = trainer(inputs, COMPILED)
    for epoch in range(1, epochs + 1):
        with lap() as took:
            outcome = made.train(epoch, epoch_order(inputs.scenario.seed, epoch, len(inputs.train)))
        found = counts(outcome, copies)
        floor = chip_floor(inputs, found, copies)._asdict()
        say("recurrent", f"chip, compiled, {copies} copies", took, floor=floor, **found)


def main() -> None:
    """Load the scenario and time one part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("float64", "fixed", "chip"))
    parser.add_argument("--batch", type=int, default=22)
    parser.add_argument("--epochs", type=int, default=3)
    args = parser.parse_args()
    inputs = load_run_inputs(SCENARIO)
    if args.what == "chip":
        chip(inputs, args.epochs)
    else:
        mirror(inputs, args.what, args.batch, args.epochs)


if __name__ == "__main__":
    main()
