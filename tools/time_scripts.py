"""Times script networks on the simulated chip: a first run, further runs, and a hundred samples of one network.

python tools/time_scripts.py
"""

from __future__ import annotations

import argparse
import time
from itertools import pairwise

import numpy as np

from cnn_network import events, nmnist
from spinn2sim.spinnaker2 import hardware, snn

NEURON = {"threshold": 20.0, "alpha_decay": 0.9, "i_offset": 2.3, "reset": "reset_to_v_reset"}
INPUTS = 40


def recurrent(neurons: int, density: float, ticks: int) -> tuple[snn.Network, snn.Population, int]:
    """Return a recurrent network, its input, and the number of its recurrent synapses."""
    rng = np.random.default_rng(0)
    stim = snn.Population(INPUTS, "spike_list", spikes(rng, ticks), "stim")
    lif = snn.Population(neurons, "lif", NEURON, "lif")
    pairs = np.argwhere(rng.random((neurons, neurons)) < density)
    weights, delays = rng.integers(-5, 6, len(pairs)), rng.integers(0, 8, len(pairs))
    rows = np.column_stack([pairs, weights, delays]).tolist()
    inputs = [[i, int(j), 10, 0] for i in range(INPUTS) for j in rng.integers(0, neurons, 20)]
    net = snn.Network("recurrent")
    net.add(stim, lif, snn.Projection(stim, lif, inputs), snn.Projection(lif, lif, rows))
    return net, stim, len(rows)


def spikes(rng: np.random.Generator, ticks: int) -> dict[int, list[int]]:
    """Return random spikes of the input."""
    return {i: np.flatnonzero(rng.random(ticks) < 0.05).tolist() for i in range(INPUTS)}


def time_cnn(chip: hardware.SpiNNaker2Chip, ticks: int = 300, samples: int = 5) -> None:
    """Print what samples of a network of three convolutions take, and how long each is read and its plan found before it starts."""
    rng = np.random.default_rng(0)
    net, populations = nmnist(rng, ticks, 0.01)
    begun = time.perf_counter()
    chip.run(net, ticks)
    first, starts, runs = time.perf_counter() - begun, [], []
    for _ in range(samples):
        populations[0].params = events(rng, ticks, 0.01)
        marks = [time.perf_counter()]
        for alone in (True, False):
            chip.run(net, ticks, mapping_only=alone)
            marks.append(time.perf_counter())
        starts.append(marks[1] - marks[0])
        runs.append(marks[2] - marks[1])
    assert chip.last_run is not None  # noqa: S101 - it has just run
    counters = chip.last_run.counters
    print(
        f"34 x 34 x 2 events, 3 convolutions, 2 dense populations, {sum(p.size for p in populations)} neurons on "
        f"{len(chip.last_run.plan.shares)} PEs, {ticks} ticks: {counters.sent.sum()} packets, {counters.due.sum()} deliveries, "
        f"first {first:.3f} s, then {min(runs):.3f} s, {counters.sent.sum() / min(runs):.0f} packets/s; "
        f"another sample starts in {1000 * max(starts):.1f} ms"
    )


def main() -> None:
    """Print a line for each measurement."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None).parse_args()
    chip = hardware.SpiNNaker2Chip()
    for neurons, density, ticks in ((400, 0.1, 1000), (2000, 0.025, 500)):
        net, _, synapses = recurrent(neurons, density, ticks)
        marks = [time.perf_counter()]
        for _ in range(3):
            chip.run(net, ticks)
            marks.append(time.perf_counter())
        assert chip.last_run is not None  # noqa: S101 - it has just run
        counters, taken = chip.last_run.counters, [b - a for a, b in pairwise(marks)]
        print(
            f"{neurons} neurons, {synapses} synapses, {ticks} ticks: {counters.sent.sum()} packets, {counters.due.sum()} deliveries, "
            f"first {taken[0]:.3f} s, then {min(taken[1:]):.3f} s"
        )
    time_cnn(chip)
    net, stim, _ = recurrent(38, 0.3, 100)
    chip.run(net, 100)
    rng = np.random.default_rng(1)
    begun = time.perf_counter()
    for _ in range(100):
        stim.params = spikes(rng, 100)
        chip.run(net, 100)
    print(f"100 samples of 38 neurons, 100 ticks: {time.perf_counter() - begun:.3f} s")


if __name__ == "__main__":
    main()
