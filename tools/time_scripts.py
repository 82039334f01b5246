"""Times script networks on the simulated chip: a first run, further runs, and a hundred samples of one network.

python tools/time_scripts.py
python tools/time_scripts.py --brian2 VENV/bin/python

With `--brian2` a Python that has Brian2 (pip install brian2 "numpy<2.4" in an environment of its own) runs the second network beside.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benches.drawn_script import ALPHA, INPUTS, LIMIT, OFFSET, brian2_arrays, drawn_script, drawn_spikes
from cnn_network import events, nmnist
from spinn2sim.spinnaker2 import brian2_sim, hardware, snn

NEURON = {"threshold": LIMIT, "alpha_decay": ALPHA, "i_offset": OFFSET, "reset": "reset_to_v_reset"}


def recurrent(drawn: dict[str, Any]) -> tuple[snn.Network, snn.Population]:
    """Return a drawn recurrent network, and its input."""
    stim = snn.Population(INPUTS, "spike_list", drawn["spikes"], "stim")
    lif = snn.Population(drawn["neurons"], "lif", NEURON, "lif")
    net = snn.Network("recurrent")
    inner = snn.Projection(lif, lif, drawn["re"].tolist())
    net.add(stim, lif, snn.Projection(stim, lif, drawn["in"].tolist()), inner)
    return net, stim


def time_cnn(chip: hardware.SpiNNaker2Chip, ticks: int = 300, samples: int = 5) -> None:
    """Print what samples of a network of three convolutions take, and how long each is read and its plan found before it starts."""
    rng = np.random.default_rng(0)
    net, populations = nmnist(rng, ticks, 0.01)
    begun = time.perf_counter()
    chip.run(net, ticks)
    first, starts, runs = time.perf_counter() - begun, [], []
    for _ in range(samples):
        populations[0].params = events(rng, ticks, 0.01)
        for alone, taken in ((True, starts), (False, runs)):
            mark = time.perf_counter(), time.process_time()
            chip.run(net, ticks, mapping_only=alone)
            taken.append((time.perf_counter() - mark[0], time.process_time() - mark[1]))
    assert chip.last_run is not None  # noqa: S101 - it has just run
    counters, run = chip.last_run.counters, Taken(first, min(wall for wall, _ in runs), min(cpu for _, cpu in runs))
    late, own = (1000 * max(each) for each in zip(*starts, strict=True))
    print(
        f"34 x 34 x 2 events, 3 convolutions, 2 dense populations, {sum(p.size for p in populations)} neurons on "
        f"{len(chip.last_run.plan.shares)} PEs, {ticks} ticks: {counters.sent.sum()} packets, {counters.due.sum()} deliveries, "
        f"{run}, {counters.sent.sum() / run.least:,.0f} packets/s; another sample starts in {late:.1f} ms (CPU {own:.1f} ms)"
    )
    print(f"  the same off the chip (the mirror, no packets): {timed(brian2_sim.Brian2Backend(), net, ticks, 2)}")


def main() -> None:
    """Print a line for each measurement."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--brian2", metavar="PYTHON", default=sys.executable, help="a Python that has Brian2")
    asked = parser.parse_args()
    chip = hardware.SpiNNaker2Chip()
    for neurons, density, ticks in ((400, 0.1, 1000), (2000, 0.025, 500)):
        drawn = drawn_script(neurons, density, ticks)
        net, _ = recurrent(drawn)
        taken = timed(chip, net, ticks)
        assert chip.last_run is not None  # noqa: S101 - it has just run
        packets, deliveries = chip.last_run.counters.sent.sum(), chip.last_run.counters.due.sum()
        print(
            f"{neurons} neurons, {len(drawn['re'])} synapses, {ticks} ticks: {packets} packets, {deliveries} deliveries, "
            f"{taken}, {packets / taken.least:,.0f} packets/s, {deliveries / taken.least:,.0f} deliveries/s"
        )
    beside_brian2(net, drawn, asked.brian2)
    time_cnn(chip)
    net, stim = recurrent(drawn_script(38, 0.3, 100))
    chip.run(net, 100)
    rng, samples = np.random.default_rng(1), []
    for _ in range(100):
        stim.params = drawn_spikes(rng, 100)
        samples.append(-time.perf_counter())
        chip.run(net, 100)
        samples[-1] += time.perf_counter()
    print(
        f"100 samples of 38 neurons, 100 ticks: {sum(samples):.3f} s; the second sample {1000 * samples[0]:.1f} ms, "
        f"the middle one of all {1000 * np.median(samples):.1f} ms"
    )


class Taken(NamedTuple):
    """What runs took: seconds of the first, and the least of further ones, also in seconds of CPU time."""

    first: float
    least: float
    cpu: float

    def __str__(self) -> str:
        return f"first {self.first:.3f} s, then {self.least:.3f} s (CPU {self.cpu:.3f} s)"


def timed(backend: Any, net: snn.Network, ticks: int, further: int = 5) -> Taken:
    """Time a first run and some further ones."""
    marks = [(time.perf_counter(), time.process_time())]
    for _ in range(1 + further):
        backend.run(net, ticks)
        marks.append((time.perf_counter(), time.process_time()))
    first, *others = ((b[0] - a[0], b[1] - a[1]) for a, b in pairwise(marks))
    return Taken(first[0], min(wall for wall, _ in others), min(cpu for _, cpu in others))


def beside_brian2(net: snn.Network, drawn: dict[str, Any], python: str) -> None:
    """Time a network of this tool off the chip and in Brian2, and compare their spikes."""
    print(f"  the same off the chip (the mirror, no packets): {timed(brian2_sim.Brian2Backend(), net, drawn['ticks'])}")
    lif = net.populations[1]
    own = [[t, n] for n, ticks_of in lif.get_spikes().items() for t in ticks_of]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "network.npz"
        np.savez(file, **brian2_arrays(drawn))
        for code in ("cython", "numpy"):
            tool = Path(__file__).with_name("time_brian2.py")
            command = [python, str(tool), str(file), code]
            done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - the user names it
            if done.returncode:
                why = "is not there" if "No module named 'brian2'" in done.stderr else done.stderr.splitlines()[-1]
                print(f"  Brian2, {code}: skipped, it {why} in {python}; --brian2 PYTHON names another")
                return
            found = json.loads(done.stdout.splitlines()[-1])
            same = "the same" if sorted(own) == found["spikes"] else "NOT the same"
            print(
                f"  Brian2 {found['version']}, {code}: {Taken(*found['taken'])}; "
                f"{len(found['spikes'])} spikes, {same} as of the mirror with >"
            )


if __name__ == "__main__":
    main()
