"""Makes scenarios/recurrent.npz: spike patterns of ten classes over 70 inputs, as events; run from the project's root.

A class is a pattern of about one spike per input, at random steps. A sample is its class's pattern with every spike moved by up to
JITTER steps, some left out, and some added at random.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spinn2sim.files.atomic import write_npz

INPUTS, CLASSES, STEPS = 70, 10, 100
# The spikes of patterns begin here and end there, so that the network has time to answer.
FIRST, LAST = 5, 75
JITTER, LEFT_OUT, ADDED = 3, 0.2, 10


def pattern_events(
    rng: np.random.Generator, patterns: NDArray[np.int64], labels: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Draw the events [spikes, 3] of a sample for each label, from patterns [class, spike, (step, neuron)]."""
    events = []
    for sample, label in enumerate(labels):
        own = patterns[label].copy()
        own[:, 0] += rng.integers(-JITTER, JITTER, len(own), endpoint=True)
        own = own[rng.random(len(own)) >= LEFT_OUT]
        noise = np.stack([rng.integers(FIRST, LAST, ADDED), rng.integers(0, INPUTS, ADDED)], axis=1)
        both = np.unique(np.concatenate([own, noise]), axis=0)
        events.append(np.insert(both, 0, sample, axis=1))
    return np.concatenate(events)


def main() -> None:
    """Write 320 training and 160 test samples."""
    rng = np.random.default_rng(0)
    patterns = np.stack(
        [rng.integers(FIRST, LAST, (CLASSES, INPUTS)), rng.integers(0, INPUTS, (CLASSES, INPUTS))], axis=2
    )
    arrays: dict[str, NDArray[np.integer]] = {"n_inputs": np.array(INPUTS)}
    for name, count in (("train", 320), ("test", 160)):
        labels = rng.permutation(np.arange(count) % CLASSES)
        arrays[f"{name}_events"] = pattern_events(rng, patterns, labels).astype(np.int16)
        arrays[f"{name}_labels"] = labels.astype(np.int16)
    write_npz(Path("scenarios/recurrent.npz"), arrays)
    print(
        f"scenarios/recurrent.npz: {', '.join(f'{k} {v.shape}' for k, v in arrays.items())}; for network.steps = {STEPS}"
    )


if __name__ == "__main__":
    main()
