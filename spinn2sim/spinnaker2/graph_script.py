"""The script that `spinn2sim import` writes beside a NIR graph, so that the graph runs without data."""

from __future__ import annotations

SCRIPT, GRAPH = "run.py", "network.nir"
TEXT = '''"""Runs the NIR graph of {graph} on the simulated chip. Made by `spinn2sim import`; change it as you like.

    spinn2sim script {script} --ticks 100 --spikes spikes.npz

spikes.npz has an array of rows (tick, neuron) for each input, by its name; without it, input neurons take turns.
"""

import argparse
from pathlib import Path

import numpy as np
from spinnaker2 import hardware, s2_nir

CONFIG = s2_nir.ConversionConfig(
    dt={dt_s!r},  # seconds of a tick
    conn_delay=0,
    scale_weights=True,  # the largest weight into a node becomes the largest that the chip has
    integrator=s2_nir.IntegratorMethod.EXPONENTIAL,
    reset=s2_nir.ResetMethod.ZERO,
    output_record=["spikes", "v"],
)
EVERY = 10  # ticks between two spikes of an input neuron, without a file of spikes


def spikes_of(population, ticks, file):
    """Return the ticks of each neuron of an input."""
    if file is None:
        return {{n: list(range(n % EVERY, ticks, EVERY)) for n in range(population.size)}}
    if population.name not in file:
        raise SystemExit(f"no array {{population.name!r}} of rows (tick, neuron); there are {{', '.join(file) or 'none'}}")
    rows = file[population.name].reshape(-1, 2)
    return {{int(n): rows[rows[:, 1] == n, 0].tolist() for n in np.unique(rows[:, 1])}}


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--ticks", type=int, default=100)
parser.add_argument("--spikes", type=Path, help="npz of spikes")
parser.add_argument("--tick-s", type=float, default=1e-3, help="the real time of a tick on the chip, in s")
options = parser.parse_args()
if options.spikes is not None and not options.spikes.is_file():
    parser.error(f"--spikes {{options.spikes}}: there is no such file")
net, inputs, outputs = s2_nir.from_nir(s2_nir.read_nir(Path(__file__).with_name("{graph}")), CONFIG)
net.name = {name!r}
given = None if options.spikes is None else dict(np.load(options.spikes))
for population in inputs:
    population.params = spikes_of(population, options.ticks, given)
hardware.SpiNNaker2Chip().run(net, options.ticks, sys_tick_in_s=options.tick_s)
for population in outputs:
    counts = [len(ticks) for ticks in population.get_spikes().values()]
    print(f"{{population.name}}: {{sum(counts)}} spikes, by neuron {{counts if len(counts) <= 20 else counts[:20] + ['...']}}")
'''


def script_text(name: str, dt_s: float) -> str:
    """Return the script for a graph whose tick is `dt_s` seconds."""
    return TEXT.format(graph=GRAPH, script=SCRIPT, dt_s=dt_s, name=name)
