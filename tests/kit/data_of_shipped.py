"""Random data of the size that shipped scenarios name, for those whose own files do not come with the project."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np

from shd_files import write_drawn

# The scenarios, and the steps of a sample of events.
IMAGES, EVENTS, SHD = "mnist-shifts.toml", {"spoken.toml": 212, "spoken-delays.toml": 212}, "shd.toml"
OWN_FILES = (IMAGES, *EVENTS, SHD)
SAMPLES, SPIKES = 14, 120  # of training and test together; of a sample of events


def write_data(name: str, folder: Path) -> list[str]:
    """Write what a scenario of OWN_FILES needs into a folder. Returns overrides that name it, with a few samples of each part."""
    rng = np.random.default_rng(0)
    path, half = folder, SAMPLES // 2
    if name == SHD:
        write_drawn(folder, half, half)
    elif name == IMAGES:
        for part in ("train", "t10k"):
            images, labels = rng.integers(0, 256, (half, 28, 28)) * (rng.random((half, 28, 28)) < 0.2), np.arange(half)
            for kind, array, magic in (("images-idx3", images, 2051), ("labels-idx1", labels, 2049)):
                head = struct.pack(f">{1 + array.ndim}I", magic, *array.shape)
                data = gzip.compress(head + array.astype(np.uint8).tobytes())
                (folder / f"{part}-{kind}-ubyte.gz").write_bytes(data)
    else:
        path = folder / "events.npz"
        sample = np.repeat(np.arange(SAMPLES), SPIKES)
        step, neuron = (rng.integers(0, most, len(sample)) for most in (EVENTS[name] // 2, 70))
        events = np.unique(np.stack([sample, step, neuron], axis=1), axis=0)
        np.savez(path, events=events, labels=np.arange(SAMPLES) % 10)
    return [f"data.path={path}", f"data.train_samples={half}", f"data.test_samples={half}"]
