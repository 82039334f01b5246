"""Makes scenarios/split.npz: Yin-Yang points as first-spike steps of four inputs, no bias; run from the project's root."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spinn2sim.files.atomic import write_npz
from spinn2sim.scenario.data.yinyang import generate

STEPS = 50
LAST = 30  # step of the value 0


def main() -> None:
    """Write 440 training and 110 test samples."""
    arrays = {}
    for name, count, seed in (("train", 440, 42), ("test", 110, 40)):
        values, labels = generate(count, seed)
        arrays[f"{name}_spike_steps"] = np.rint(2 + (LAST - 2) * (1 - values)).astype(np.int16)
        arrays[f"{name}_labels"] = labels.astype(np.int16)
    write_npz(Path("scenarios/split.npz"), arrays)
    print(f"scenarios/split.npz: {', '.join(f'{k} {v.shape}' for k, v in arrays.items())}; for network.steps = {STEPS}")


if __name__ == "__main__":
    main()
