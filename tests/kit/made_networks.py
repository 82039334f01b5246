"""The ten networks of tests/fixtures/spinnaker2 with their answers, and how they are written as a script."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from places import ROOT
from spinn2sim.spinnaker2 import snn

MADE = sorted((ROOT / "tests" / "fixtures" / "spinnaker2" / "made").glob("*.npz"))


def made_network(path: Path, atoms: int | None = None) -> tuple[snn.Network, int, dict[str, Any]]:
    """Return a network as a script would make it, its ticks, and the file's arrays. `atoms`: the neurons of one PE."""
    with np.load(path) as file:
        arrays = dict(file)
    described = json.loads(str(arrays["network"]))
    net = snn.Network(path.stem)
    populations = []
    for p in described["populations"]:
        given, lists = p["params"], p["model"] == "spike_list"
        params = {int(n): ticks for n, ticks in given.items()} if lists else given
        record = ["spikes"] if lists else ["spikes", "v"]
        populations.append(snn.Population(p["size"], p["model"], params, p["name"], record))
        if atoms:
            populations[-1].set_max_atoms_per_core(atoms)
    net.add(*populations)
    names = [p.name for p in populations]
    pairs = json.loads(str(arrays["projections"]))
    for k, (pre, post) in enumerate(pairs):
        pair = [populations[n if isinstance(n, int) else names.index(n)] for n in (pre, post)]
        net.add(snn.Projection(*pair, arrays[f"connections_{k}"]))
    return net, described["ticks"], arrays


def differences(net: snn.Network, arrays: dict[str, Any], strict: bool = False) -> tuple[int, float]:
    """Return how many spikes differ from the file's answer, and the largest difference of a voltage."""
    spikes, volts = 0, 0.0
    for population in net.populations:
        name = f"spikes_{population.name}"
        expected = arrays.get(f"strict_{name}" if strict else name, arrays.get(name))
        if expected is not None:
            found = {(t, n) for n, times in population.get_spikes().items() for t in times}
            spikes += len(found ^ set(map(tuple, expected.tolist())))
        if f"v_{population.name}" in arrays and "v" in population.record:
            v = np.stack(list(population.get_voltages().values()), axis=1)
            volts = max(volts, float(np.abs(v - arrays[f"v_{population.name}"]).max()))
    return spikes, volts
