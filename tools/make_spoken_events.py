"""Makes an npz of input events for scenarios/spoken*.toml from a folder of WAV files, as `spinn2sim reproduce speech` reads it.

    python tools/make_spoken_events.py --data FOLDER --out spoken.npz                # the official split: index 0 to 4 tests
    python tools/make_spoken_events.py --data FOLDER --held-out --out held-out.npz   # index 5 to 9 tests, 10 to 49 train, for settings

The spikes of the model cochlea are rounded to steps of --dt ms; spikes of one channel in one step are one spike, and what comes after
--last ms is cut.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spinn2sim.experiments.datasets.cochlea import CHANNELS
from spinn2sim.experiments.datasets.labelled import LabelledSpikes
from spinn2sim.experiments.datasets.spoken import load_spoken
from spinn2sim.files.atomic import write_npz

# Index 5 to 9 of six speakers and ten digits, which are the first of the training samples.
HELD_OUT = 5 * 6 * 10


def events_of(data: LabelledSpikes, dt_ms: float, last_ms: float) -> NDArray[np.int16]:
    """Return the events [spikes, 3] of sample, step and channel, each once, in this order."""
    spikes = data.spikes
    sample = np.repeat(np.arange(spikes.samples), np.diff(spikes.offsets))
    kept = spikes.times < last_ms / 1e3
    step = np.rint(spikes.times[kept] * 1e3 / dt_ms).astype(np.int64)
    return np.unique(np.stack([sample[kept], step, spikes.neurons[kept]], axis=1), axis=0).astype(np.int16)


def main() -> None:
    """Write the events of both splits."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--held-out", action="store_true")
    parser.add_argument("--dt", type=float, default=4.0)
    parser.add_argument("--last", type=float, default=800.0)
    asked = parser.parse_args()
    train, test, _, _ = load_spoken(asked.data)
    if asked.held_out:
        order = np.arange(len(train.labels))
        train, test = train.select(order[HELD_OUT:]), train.select(order[:HELD_OUT])
    arrays: dict[str, NDArray[np.integer]] = {"n_inputs": np.array(CHANNELS)}
    for name, part in (("train", train), ("test", test)):
        arrays[f"{name}_events"] = events_of(part, asked.dt, asked.last)
        arrays[f"{name}_labels"] = part.labels.astype(np.int16)
    write_npz(asked.out, arrays)
    print(f"{asked.out}: {', '.join(f'{name} {array.shape}' for name, array in arrays.items())}")


if __name__ == "__main__":
    main()
