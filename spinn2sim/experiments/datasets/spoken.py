"""Spoken digits from a folder of WAV files named DIGIT_SPEAKER_INDEX.wav.

The Free Spoken Digit Dataset (github.com/Jakobovski/free-spoken-digit-dataset, CC BY-SA 4.0) and its official split:
recordings with index 0 to 4 are for testing, all others for training.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from spinn2sim.errors import DataError
from spinn2sim.experiments.datasets.cochlea import CHANNELS, cochlea
from spinn2sim.experiments.datasets.labelled import LabelledSpikes, LabelledSplits, join_samples
from spinn2sim.experiments.datasets.wav import read_wav

CLASSES = 10
TEST_INDICES = range(5)
MAX_FILES = 100_000
NAME = re.compile(r"([0-9])_([A-Za-z]+)_([0-9]{1,6})\.wav")
GET = "a folder of DIGIT_SPEAKER_INDEX.wav, such as `recordings` of https://github.com/Jakobovski/free-spoken-digit-dataset"


class Recording(NamedTuple):
    """One WAV file and the parts of its name; `number` is INDEX."""

    path: Path
    digit: int
    speaker: str
    number: int


def recordings(folder: Path) -> list[Recording]:
    """List the WAV files of `folder`, or of its subfolder `recordings`, in the order of index, digit, speaker. Raises DataError."""
    if not folder.is_dir():
        raise DataError(f"{folder}: found no folder, allowed is {GET}")
    inner = folder / "recordings"
    paths = sorted((inner if inner.is_dir() else folder).glob("*.wav"))
    if not 1 <= len(paths) <= MAX_FILES:
        raise DataError(f"{folder}: found {len(paths) or 'no'} WAV files, allowed is {GET}")
    return sorted((_parse_name(path) for path in paths), key=lambda r: (r.number, r.digit, r.speaker))


def check(folder: Path) -> None:
    """Read every file, and raise DataError in one line if `load_spoken` would."""
    for file in _split(folder)[0]:
        read_wav(file.path)


def load_spoken(
    folder: Path, watch: Callable[[int, int], None] = lambda done, total: None, train: int | None = None
) -> LabelledSplits:
    """Load the official split, converted to spikes by `cochlea`.

    Training samples are ordered by index, so the first `train` of them (None: all) include all speakers and digits.
    `watch(done, total)` is called after each recording. Raises DataError in one line.
    """
    files, tests = _split(folder)
    files = files[: None if train is None else tests + train]
    samples = []
    for done, file in enumerate(files, 1):
        samples.append(cochlea(read_wav(file.path)))
        watch(done, len(files))
    digits = np.array([file.digit for file in files], np.int64)
    testing, training = (
        LabelledSpikes(join_samples(samples[part], CHANNELS), digits[part])
        for part in (slice(0, tests), slice(tests, None))
    )
    return LabelledSplits(training, testing, CLASSES, f"spoken digits of {folder}")


def _split(folder: Path) -> tuple[list[Recording], int]:
    """Return all recordings, and how many of the first ones are for testing."""
    files = recordings(folder)
    tests = sum(file.number in TEST_INDICES for file in files)
    if not 1 <= tests < len(files):
        raise DataError(
            f"{folder}: found {tests} recordings with index 0 to 4 (they test) of {len(files)}, allowed is {GET}"
        )
    return files, tests


def _parse_name(path: Path) -> Recording:
    found = NAME.fullmatch(path.name)
    if found is None:
        raise DataError(f"{path}: found this name, allowed is DIGIT_SPEAKER_INDEX.wav, e.g. 7_jackson_32.wav")
    return Recording(path, int(found[1]), found[2], int(found[3]))
