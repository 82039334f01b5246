"""Spoken digits from WAV files: the official split, the spikes of the cochlea, and files that lie about their contents."""

from __future__ import annotations

import struct
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spinn2sim.errors import DataError
from spinn2sim.experiments.datasets.cochlea import CHANNELS, FASTEST_HZ, centres, cochlea
from spinn2sim.experiments.datasets.labelled import LabelledSpikes, join_samples
from spinn2sim.experiments.datasets.spoken import load_spoken
from spinn2sim.experiments.datasets.wav import MAX_SECONDS, RATE, read_wav


def tone(hertz: float, seconds: float = 0.2, level: float = 0.5) -> np.ndarray:
    """A sine at full rate."""
    return level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)


def write_wav(path: Path, sound: np.ndarray, rate: int = RATE, channels: int = 1, width: int = 2) -> Path:
    """A WAV file of PCM; `sound` (n,) or (n, channels) in -1..1."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(np.rint(sound * 32767).astype({1: "u1", 2: "<i2", 4: "<i4"}[width]).tobytes())
    return path


def test_official_split(tmp_path: Path) -> None:
    """Index 0 to 4 tests and the rest trains, whichever order the folder lists, with or without the folder `recordings`."""
    folder = tmp_path / "recordings"
    folder.mkdir()
    for digit, index in ((3, 0), (4, 4), (5, 5), (6, 49), (7, 10)):
        write_wav(folder / f"{digit}_anna_{index}.wav", tone(100.0 * (digit + 1)))

    inside, above = load_spoken(folder), load_spoken(tmp_path)

    assert inside.test.labels.tolist() == [3, 4]
    assert inside.train.labels.tolist() == [5, 7, 6]
    assert inside.classes == 10
    np.testing.assert_array_equal(inside.train.spikes.times, above.train.spikes.times)


@pytest.mark.parametrize("channel", [10, 35, 60])
def test_a_tone_is_loudest_at_its_own_place(channel: int) -> None:
    """The channel whose centre is the tone's frequency fires most, at the rate that the loudest drive has, and silence not at all."""
    _, channels = cochlea(tone(float(centres()[channel]), 0.5))

    rate = np.bincount(channels, minlength=CHANNELS) / 0.5
    assert abs(int(rate.argmax()) - channel) <= 1
    assert 0.9 * FASTEST_HZ < rate.max() <= FASTEST_HZ
    assert len(cochlea(np.zeros(800))[0]) == 0


@given(factor=st.floats(1e-3, 1.0), seed=st.integers(0, 9))
@settings(max_examples=20, deadline=None)
def test_loudness_of_a_recording_does_not_matter(factor: float, seed: int) -> None:
    """A recording made quieter as a whole gives the same spikes but for rounding."""
    sound = np.random.default_rng(seed).normal(0, 0.1, 1600)
    (times, channels), (quiet, other) = cochlea(sound), cochlea(factor * sound)

    assert abs(len(times) - len(quiet)) <= 2
    if len(times) == len(quiet) and (channels == other).all():
        np.testing.assert_allclose(times, quiet, atol=1e-9)


def test_a_later_sound_spikes_later() -> None:
    """Silence before a click moves its spikes by its length: times are real times, not places in a buffer."""
    click = np.zeros(800)
    click[200] = 1.0
    times, _ = cochlea(click)
    later, _ = cochlea(np.concatenate([np.zeros(400), click]))

    assert times.min() > 200 / RATE - 1e-3
    assert later.min() - times.min() == pytest.approx(400 / RATE, abs=2e-3)


def test_selecting_keeps_samples_whole() -> None:
    """Selected samples come in the order asked for, with their own spikes and labels, an empty one too."""
    trains = [(np.array([2.0, 1.0]), np.array([0, 1])), (np.empty(0), np.empty(0)), (np.array([3.0]), np.array([2]))]
    data = LabelledSpikes(join_samples(trains, 3), np.array([7, 8, 9]))  # type: ignore[arg-type]

    picked = data.select(np.array([2, 1, 0]))

    assert picked.labels.tolist() == [9, 8, 7]
    assert picked.spikes.times.tolist() == [3.0, 1.0, 2.0]
    assert picked.spikes.neurons.tolist() == [2, 1, 0]
    assert picked.spikes.offsets.tolist() == [0, 1, 1, 3]


@pytest.mark.parametrize(
    ("sound", "how", "found"),
    [
        (tone(440), {"rate": 44100}, "44100 Hz"),
        (np.stack([tone(440)] * 2, 1), {"channels": 2}, "2 channels"),
        (np.abs(tone(440)) / 300, {"width": 1}, "8 bits"),
        (np.zeros(0), {}, "0 samples"),
        (np.zeros(MAX_SECONDS * RATE + 1), {}, f"{MAX_SECONDS * RATE + 1} samples"),
    ],
)
def test_other_formats_are_refused_by_name(tmp_path: Path, sound: np.ndarray, how: dict[str, int], found: str) -> None:
    """What the header says and what is allowed stand in one line."""
    path = write_wav(tmp_path / "1_anna_0.wav", sound, **how)  # type: ignore[arg-type]

    with pytest.raises(DataError, match=rf"1_anna_0\.wav: found .*{found}.*allowed is PCM of 16 bits") as error:
        read_wav(path)
    assert "\n" not in str(error.value)


def test_files_that_lie_are_refused(tmp_path: Path) -> None:
    """A header that promises more than the file has, text, an empty file and a missing one each get one line."""
    whole = write_wav(tmp_path / "whole.wav", tone(440)).read_bytes()
    at = whole.index(b"data") + 4
    lies = {
        "promises": whole[:at] + struct.pack("<I", 2 * 5000) + whole[at + 4 :],
        "huge": whole[:at] + struct.pack("<I", 0xFFFFFFF0) + whole[at + 4 :],
        "short": whole[:30],
        "text": b"these are no sounds",
        "empty": b"",
    }
    for name, data in lies.items():
        path = tmp_path / f"{name}.wav"
        path.write_bytes(data)
        with pytest.raises(DataError, match=f"{name}.wav: "):
            read_wav(path)
    with pytest.raises(DataError, match="no such file"):
        read_wav(tmp_path / "none.wav")


def test_folders_that_are_none(tmp_path: Path) -> None:
    """No folder, no WAV files, a name that says no digit, and a part of the split alone: one line with what to get from where."""
    with pytest.raises(DataError, match=r"found no folder, allowed is .*free-spoken-digit-dataset"):
        load_spoken(tmp_path / "nothing")
    with pytest.raises(DataError, match=r"found no WAV files, allowed is .*free-spoken-digit-dataset"):
        load_spoken(tmp_path)
    write_wav(tmp_path / "1_anna_0.wav", tone(440))
    with pytest.raises(DataError, match="found 1 recordings with index 0 to 4"):
        load_spoken(tmp_path)
    write_wav(tmp_path / "notes.wav", tone(440))
    with pytest.raises(DataError, match=r"notes\.wav: found this name"):
        load_spoken(tmp_path)
