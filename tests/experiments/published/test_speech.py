"""The speech experiment in reduced size, on sounds that the test makes; what is refused, in one line."""

from __future__ import annotations

import json
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from spinn2sim.experiments.published import speech
from spinn2sim.experiments.runner.protocol import FinishedJob, Job, Options
from spinn2sim.experiments.runner.reproduce import reproduce


def write_digits(folder: Path, indices: int = 8) -> Path:
    """Ten `digits`, a pair of tones each, of 0.15 s, with noise; index 0 to 4 tests."""
    folder.mkdir()
    random, seconds = np.random.default_rng(0), np.arange(1200) / 8000
    for digit in range(10):
        for index in range(indices):
            tones = np.sin(2 * np.pi * (200 + 120 * digit) * seconds) + np.sin(
                2 * np.pi * (3000 - 150 * digit) * seconds
            )
            sound = 0.3 * tones + random.normal(0, 0.01, len(seconds))
            with wave.open(str(folder / f"{digit}_anna_{index}.wav"), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(8000)
                file.writeframes(np.rint(sound * 32767).astype("<i2").tobytes())
    return folder


def said(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The command line."""
    command = [
        sys.executable,
        "-c",
        "from spinn2sim.cli.main import main; main()",
        "reproduce",
        "speech",
        *map(str, arguments),
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_speech_in_reduced_size(tmp_path: Path) -> None:
    """Both algorithms train and are evaluated on index 0 to 4; the summary says that it reproduces nothing."""
    found = reproduce("speech", tmp_path / "out", Options(quick=True, data=write_digits(tmp_path / "wav")))
    data = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert found.complete
    assert data["labels"][0].startswith("QUICK")
    accuracy = {value["row"]: value["ours"] for value in data["values"] if "accuracy" in value["quantity"]}
    assert set(accuracy) == set(speech.ROWS)
    assert all(0 <= ours["value"] <= 100 and ours["runs"] == 1 for ours in accuracy.values())
    assert all(value["published"]["value"] is None for value in data["values"])
    table = (tmp_path / "out" / "table.csv").read_text().splitlines()
    assert len(table) == 3
    assert (tmp_path / "out" / "speech.png").exists()


def test_the_heidelberg_digits_go_the_same_way(tmp_path: Path) -> None:
    """A folder with the two HDF5 files trains the network with 20 classes, and nothing is asked of it."""
    h5py = pytest.importorskip("h5py")
    random = np.random.default_rng(0)
    for name in ("shd_train.h5", "shd_test.h5"):
        with h5py.File(tmp_path / name, "w") as file:
            file["labels"] = np.arange(20)
            for key, kind, top in (("times", np.float32, 0.5), ("units", np.int64, 700)):
                spikes = file.create_dataset(f"spikes/{key}", (20,), h5py.vlen_dtype(kind))
                for sample in range(20):
                    spikes[sample] = (top * random.random(60)).astype(kind)
    found = reproduce("speech", tmp_path / "out", Options(quick=True, data=tmp_path))
    assert found.complete
    assert next(value["quantity"] for value in found.data["values"]) == "test accuracy, SHD, %"
    assert found.data["values"][0]["allowed"] is None


def test_what_a_full_run_must_reach() -> None:
    """88 % of the spoken digits, for each algorithm by its own mean over seeds; nothing is asked of the Heidelberg digits."""

    def done(row: str, seed: int, accuracy: float, task: str) -> FinishedJob:
        result = {
            "accuracy": accuracy,
            "spikes": 3.0,
            "silent": 0.0,
            "train_accuracy": [0.5],
            "trained": 9,
            "tested": 9,
        }
        return FinishedJob(Job(row, seed, {"task": task, "epochs": 1}), result, 1.0)

    def holds_by_row(task: str) -> dict[str, bool | None]:
        runs = [
            done(row, seed, a, task) for row, a in (("surrogate gradient", 0.9), ("EventProp", 0.87)) for seed in (0, 1)
        ]
        return {v.row: v.holds for v in speech.aggregate(runs).values if "accuracy" in v.quantity}

    assert holds_by_row("spoken digits") == {"surrogate gradient": True, "EventProp": False}
    assert holds_by_row("SHD") == {"surrogate gradient": None, "EventProp": None}


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("no data", "found no --data, allowed is a folder of DIGIT_SPEAKER_INDEX.wav"),
        ("no folder", "found no folder, allowed is a folder of DIGIT_SPEAKER_INDEX.wav"),
        ("empty", "found no WAV files, allowed is a folder of DIGIT_SPEAKER_INDEX.wav"),
        ("a text", "3_anna_5.wav: not a WAV file of PCM"),
        ("no test samples", "found 0 recordings with index 0 to 4"),
        ("damaged HDF5", "shd_train.h5: not an HDF5 file, or damaged"),
    ],
)
def test_bad_input_is_one_line(fault: str, told: str, tmp_path: Path) -> None:
    """What was found, and what to get from where; exit status 2, and no directory is begun."""
    folder = tmp_path / "wav"
    if fault in ("empty", "damaged HDF5"):
        folder.mkdir()
    if fault == "damaged HDF5":
        pytest.importorskip("h5py")
        (folder / "shd_train.h5").write_text("no spikes")
    if fault in ("a text", "no test samples"):
        write_digits(folder, 6)
    if fault == "a text":
        (folder / "3_anna_5.wav").write_text("no sound")
    if fault == "no test samples":
        for path in folder.glob("*_[0-4].wav"):
            path.unlink()
    arguments = () if fault == "no data" else ("--data", folder)
    found = said(*arguments, "--quick", "--out", tmp_path / "out")
    assert found.returncode == 2
    assert told in found.stderr
    assert found.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()
