"""Training speed of scenarios/recurrent.toml (70-186-10, recurrent, learned delays of axons): the mirror at one batch size, or the chip.

python -m benches.recurrent {float64|fixed|chip} [--batch 22] [--epochs 3]. The chip has the copies that fit.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from benches.clock import lap, say
from benches.engines import counts, trainer
from spinn2sim.hardware.engines.choice import COMPILED
from spinn2sim.scenario.draws import epoch_order
from spinn2sim.training.mirror_trainer import MirrorTrainer
from spinn2sim.training.run_inputs import RunInputs, load_run_inputs

SCENARIO = Path("scenarios/recurrent.toml")


def operations(inputs: RunInputs, spikes: list[int], samples: int, batch: int) -> tuple[float, int]:
    """The least float64 operations per training sample, counted as benches.floor counts those of a chain, and the gradient words.

    A spike adds one row of the synapses that exist, and in the backward pass a row of gradients (2 each) and, if its source has an error
    or a delay that is learned, a dot product (2 each); what is delayed is added in another step (1 per neuron and step); Adam 12 per word.
    """
    graph, steps = inputs.graph, inputs.scenario.network.steps
    total, words = 0.0, 0
    for population in graph.populations:
        if population.kind != "input":
            total += population.size * (steps - 1) * (5 + 2)
    for k, q in enumerate(graph.projections):
        synapses = int(np.prod(graph.shape(k)) if q.exists is None else q.exists.sum())
        error = graph.populations[q.pre].kind != "input" or q.learns_delays
        total += spikes[q.pre] / samples * synapses / graph.populations[q.pre].size * (1 + 2 + 2 * error)
        total += graph.populations[q.post].size * (steps - 1) if q.delay_max else 0
        words += synapses + (
            graph.populations[q.pre].size if q.learn == "axonal" else synapses if q.learns_delays else 0
        )
    return total + 12 * words / batch, words


def mirror(inputs: RunInputs, arithmetic: Any, batch: int, epochs: int) -> None:
    """One figure for each epoch, on one thread."""
    object.__setattr__(inputs.scenario.training, "copies", batch)  # no chip has room for so many
    made = MirrorTrainer(inputs, arithmetic)
    made.train(1, epoch_order(0, 1, len(inputs.train))[: 2 * batch])
    for epoch in range(1, epochs + 1):
        with lap() as took:
            outcome = made.train(epoch, epoch_order(0, epoch, len(inputs.train)))
        samples, spikes = len(outcome.labels), [int(n) for n in outcome.spikes]
        ops, _ = operations(inputs, spikes, samples, batch)
        say(
            "recurrent",
            f"mirror {arithmetic}, batch {batch}",
            took,
            samples=samples,
            spikes=spikes,
            floor_ops=ops,
            floor_hops=0.0,
        )


def chip(inputs: RunInputs, epochs: int) -> None:
    """The same for the compiled engine without a trace: integer arithmetic, gradients of all copies added, 4 operations a hop."""
    copies = inputs.scenario.training.copies
    made = trainer(inputs, COMPILED)
    for epoch in range(1, epochs + 1):
        with lap() as took:
            outcome = made.train(epoch, epoch_order(inputs.scenario.seed, epoch, len(inputs.train)))
        found = counts(outcome, copies)
        ops, words = operations(inputs, found["spikes"], found["samples"], copies)
        hops = 4 * found["packet_hops"] / found["samples"]
        say("recurrent", f"chip, compiled, {copies} copies", took, **found, floor_ops=ops + words, floor_hops=hops)


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
