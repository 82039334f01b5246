"""Times a network of LIF neurons in Brian2: `tools/time_scripts.py --brian2 PYTHON` runs this with a Python that has Brian2.

python tools/time_brian2.py NETWORK.npz CODE

The file has the arrays of `time_scripts.brian2_arrays`; CODE is "cython" or "numpy". One line of JSON says seconds and spikes.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

RUNS = 6


def main() -> None:
    """Run the network, and print seconds of the first run and of the least of the others, with the spikes."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("network", type=Path)
    parser.add_argument("code", choices=("cython", "numpy"))
    asked = parser.parse_args()
    import brian2

    brian2.prefs.codegen.target = asked.code
    with np.load(asked.network) as file:
        arrays = {name: file[name] for name in file.files}
    marks = [(time.perf_counter(), time.process_time())]
    net, monitor = build(brian2, arrays)
    net.store()
    for _ in range(RUNS):
        net.restore()
        net.run(int(arrays["ticks"]) * brian2.ms)
        marks.append((time.perf_counter(), time.process_time()))
    first, *others = ((b[0] - a[0], b[1] - a[1]) for a, b in itertools.pairwise(marks))
    taken = first[0], min(wall for wall, _ in others), min(cpu for _, cpu in others)
    rows = np.stack([np.rint(monitor.t / brian2.ms).astype(int), np.asarray(monitor.i)], 1)
    rows = rows[np.lexsort(rows.T[::-1])]
    print(json.dumps({"version": brian2.__version__, "taken": taken, "spikes": rows.tolist()}))


def build(brian2: Any, a: dict[str, np.ndarray[Any, Any]]) -> tuple[Any, Any]:
    """Build the network with ticks of 1 ms, and a monitor of its spikes.

    A tick integrates what has come, compares, and then adds the synapses of its own spikes, delay ticks later: as on the chip a spike of
    tick t acts in tick t + 1 + delay.
    """
    brian2.defaultclock.dt = 1 * brian2.ms
    lif = brian2.NeuronGroup(
        int(a["neurons"]), "v : 1\ninput : 1", threshold="v > limit", reset="v = 0",
        namespace={key: float(a[key]) for key in ("limit", "alpha", "offset")},
    )  # fmt: skip
    lif.run_regularly("v = v * alpha + (input + offset)\ninput = 0", when="start")
    stim = brian2.SpikeGeneratorGroup(int(a["inputs"]), a["spike_neuron"], a["spike_tick"] * brian2.ms)
    parts = [lif, stim]
    for name, source in (("in", stim), ("re", lif)):
        synapses = brian2.Synapses(source, lif, "w : 1", on_pre="input_post += w")
        synapses.connect(i=a[f"{name}_source"], j=a[f"{name}_target"])
        synapses.w = a[f"{name}_weight"]
        synapses.delay = a[f"{name}_delay"] * brian2.ms
        parts.append(synapses)
    monitor = brian2.SpikeMonitor(lif)
    return brian2.Network(*parts, monitor), monitor


if __name__ == "__main__":
    main()
