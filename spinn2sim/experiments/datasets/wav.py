"""Reads a WAV file; its header is checked against its size before memory is allocated."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError
from spinn2sim.files.input_file import open_input

RATE = 8000  # samples a second
MAX_SECONDS = 10
ALLOWED = f"PCM of 16 bits, mono, {RATE} Hz, up to {MAX_SECONDS} s"
FULL_SCALE = 32768.0
MOST_BYTES = 1 << 20


def read_wav(path: Path) -> NDArray[np.float64]:
    """Read the samples (n,) in -1..1, n >= 1, RATE of them a second. Raises DataError in one line."""
    try:
        with open_input(path, f"a WAV file: {ALLOWED}", MOST_BYTES) as file, wave.open(file) as sound:
            count = sound.getnframes()
            _refuse_format(path, sound, count)
            data = sound.readframes(count)
    except (wave.Error, EOFError, RuntimeError) as error:  # RuntimeError: a chunk that ends behind the file
        why = str(error) or "it ends too early"
        raise DataError(f"{path}: not a WAV file of PCM, or truncated ({why}), allowed is {ALLOWED}") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from None
    if len(data) != 2 * count:
        raise DataError(f"{path}: found {len(data)} bytes of sound, allowed by its header are {2 * count}")
    return np.frombuffer(data, "<i2") / FULL_SCALE


def _refuse_format(path: Path, sound: wave.Wave_read, count: int) -> None:
    width, channels, rate = 8 * sound.getsampwidth(), sound.getnchannels(), sound.getframerate()
    if (width, channels, rate) != (16, 1, RATE) or not 1 <= count <= MAX_SECONDS * RATE:
        found = f"{width} bits, {channels} channel{'s' if channels > 1 else ''}, {rate} Hz, {count} samples"
        raise DataError(f"{path}: found {found}, allowed is {ALLOWED}")
