"""Files laid out as those of the Spiking Heidelberg Digits, with spikes that a test gives or draws."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

TIMES, UNITS, LABELS = [[0.2, 0.1], [], [1.25]], [[699, 0], [], [10]], [3, 0, 19]


def write_shd(
    path: Path, times: Sequence[Any] = TIMES, units: Sequence[Any] = UNITS, labels: Sequence[int] = LABELS
) -> Path:
    """Write a file laid out as the published ones."""
    import h5py

    with h5py.File(path, "w") as file:
        file["labels"] = np.array(labels, np.int64)
        for name, rows, kind in (("times", times, np.float16), ("units", units, np.int64)):
            out = file.create_dataset(f"spikes/{name}", (len(rows),), h5py.vlen_dtype(kind))
            for k, row in enumerate(rows):
                out[k] = np.array(row, kind)
    return path


def write_drawn(folder: Path, train: int, test: int, spikes: int = 400) -> None:
    """Write both files with random spikes over a second, all digits among them."""
    rng = np.random.default_rng(0)
    for name, count in (("train", train), ("test", test)):
        times = [np.sort(rng.random(spikes)) for _ in range(count)]
        units = [rng.integers(0, 700, spikes) for _ in range(count)]
        write_shd(folder / f"shd_{name}.h5", times, units, [k % 20 for k in range(count)])
