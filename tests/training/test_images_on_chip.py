"""Images with silent pixels on the chip, with a hidden layer on one PE or several: the integers equal those of the mirror."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from spinn2sim.api import run, train
from spinn2sim.validation.validate_scenario import validate_scenario

FEW = {"data.train_samples": 24, "data.test_samples": 12, "training.copies": 4, "training.epochs": 2}


@pytest.mark.slow
def test_digits_train_on_chip_as_in_the_mirror(scenarios: Path, tmp_path: Path) -> None:
    """Two epochs of the shipped network on a few digits give the mirror's weights and metrics, and nothing is lost."""
    pytest.importorskip("sklearn")
    on_chip = run(scenarios / "digits.toml", tmp_path / "chip", FEW, "compiled")
    mirrored = train(scenarios / "digits.toml", tmp_path / "mirror", FEW, "fixed")

    assert all(np.array_equal(a, b) for a, b in zip(on_chip.weights, mirrored.weights, strict=True))
    for key in ("train_accuracy", "train_loss", "test_accuracy", "test_loss"):
        assert [line[key] for line in on_chip.metrics] == [line[key] for line in mirrored.metrics]
    assert not any((on_chip.weights[0] == 0).all(0))


def test_a_hidden_layer_on_several_pes(scenarios: Path, tmp_path: Path) -> None:
    """With 256 inputs, a hidden layer on four PEs, and mostly dark images, every raw integer equals the mirror's."""
    random = np.random.default_rng(5)
    images = (random.integers(0, 256, (40, 16, 16)) * (random.random((40, 16, 16)) < 0.3)).astype(np.uint8)
    for name, array in (("images-idx3", images), ("labels-idx1", (np.arange(40) % 10).astype(np.uint8))):
        header = bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape)
        (tmp_path / f"t10k-{name}-ubyte.gz").write_bytes(gzip.compress(header + array.tobytes()))
    source = {"data.source": "idx", "data.path": tmp_path, "network.hidden": [32], "mapping.pes_per_layer": [1, 4, 1]}

    found = validate_scenario(scenarios / "mnist.toml", 4, {**FEW, **source})

    assert found.differences == []
    assert found.holds
    assert found.spikes > 50
    assert found.gradient_words > 50
