"""The mirror's training speed: one arithmetic on some threads, over batch sizes and numbers of steps.

python -m benches.mirror {float64|fixed} THREADS --samples N
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numba
import numpy as np

from benches.clock import lap, say
from benches.floor import FIXED, FLOAT64, training_floor
from spinn2sim.scenario.draws import epoch_order
from spinn2sim.training.mirror_trainer import MirrorTrainer
from spinn2sim.training.run_inputs import load_run_inputs

BATCHES, STEPS = (1, 22, 128, 256), (27, 120)


def main() -> None:
    """One figure per batch size and number of steps. T = 120 has the same 27 ms in finer steps."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("arithmetic", choices=("float64", "fixed"))
    parser.add_argument("threads", type=int)
    parser.add_argument("--scenario", type=Path, default=Path("scenarios/yinyang.toml"))
    parser.add_argument("--samples", type=int, default=5000)
    args = parser.parse_args()
    numba.set_num_threads(args.threads)
    for steps in STEPS:
        for batch in BATCHES:
            sets = [f"network.steps={steps}", f"network.dt_ms={27 / steps}"]
            inputs = load_run_inputs(args.scenario, sets)
            object.__setattr__(inputs.scenario.training, "copies", batch)  # no chip has room for 256
            made = MirrorTrainer(inputs, args.arithmetic)
            order = np.resize(epoch_order(0, 1, len(inputs.train)), args.samples)
            made.train(1, order[: 2 * batch])
            with lap() as took:
                outcome = made.train(1, order)
            name = f"{args.arithmetic}, T {steps}, batch {batch}, {args.threads} thread{'s' * (args.threads > 1)}"
            spikes = [int(n) for n in outcome.spikes]
            samples = len(outcome.labels)
            floor = training_floor(inputs, spikes, samples, batch, FLOAT64 if args.arithmetic == "float64" else FIXED)
            say("mirror", name, took, samples=samples, spikes=spikes, floor=floor._asdict())


if __name__ == "__main__":
    main()
