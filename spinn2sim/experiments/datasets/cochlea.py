"""Sound as spikes of 70 channels in continuous time, by a simple deterministic model of the cochlea.

Four stages:
1. Filters: complex gammatone filters of order 4, G(f) = (1 + j (f - fc) / b)^-4 with b = 1.019 ERB(fc) (Patterson et al.
   1992), applied in the frequency domain to positive frequencies alone; centres fc evenly spaced from 100 to 3,600 Hz on
   the ERB-rate scale (Glasberg & Moore 1990, doi:10.1016/0378-5955(90)90170-T: ERB = 24.7 Hz (4.37 fc / kHz + 1), rate =
   21.4 log10(1 + 4.37 fc / kHz)).
2. Envelope: the magnitude of the filters' output, 2,000 times a second (the band within 1 kHz of fc is moved to 0 Hz
   first, which changes no magnitude).
3. Compression: d = 1 + level / 50 dB, not below 0; the level is 0 dB where the recording is loudest in any channel.
4. Hair cell: dp/dt = 100 Hz d, with a spike when p passes 1, 2, ...; d is constant between envelope samples, so that the
   spike time is exact.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from spinn2sim.experiments.datasets.labelled import UnsortedSpikes
from spinn2sim.experiments.datasets.wav import RATE

CHANNELS = 70
LOWEST_HZ, HIGHEST_HZ = 100.0, 3600.0
BAND_HZ = 1000.0  # the width of spectrum that a filter keeps on either side of its centre
RANGE_DB = 50.0
FASTEST_HZ = 100.0
RINGING = (
    400  # samples of silence appended to the sound, so that the filters' tails do not wrap around to its beginning
)
STEP = 0.5 / BAND_HZ  # s between two values of an envelope

Floats = NDArray[np.float64]


def cochlea(sound: Floats) -> UnsortedSpikes:
    """Convert a sound (n,) to spikes: their times in s, channel by channel, and their channels 0 .. CHANNELS - 1 (low to high).

    The sound has RATE samples a second. Silence gives no spikes.
    """
    drive = compress(envelopes(sound))
    phase = np.cumsum(drive, axis=1) * (STEP * FASTEST_HZ)
    passed = (
        np.diff(np.floor(phase), axis=1, prepend=0.0) > 0
    )  # at most one spike per envelope sample: FASTEST_HZ * STEP < 1
    channel, at = np.nonzero(passed)
    beyond = (phase[channel, at] % 1.0) / (drive[channel, at] * STEP * FASTEST_HZ)
    return (at + 1 - beyond) * STEP, channel.astype(np.int32)


def compress(envelope: Floats) -> Floats:
    """Stage 3: compress amplitudes (channels, m) to drives in 0..1."""
    loudest = float(envelope.max(initial=0.0))
    if loudest == 0.0:
        return np.zeros_like(envelope)
    with np.errstate(divide="ignore"):
        drive: Floats = np.clip(1.0 + 20.0 * np.log10(envelope / loudest) / RANGE_DB, 0.0, 1.0)
    return drive


def envelopes(sound: Floats) -> Floats:
    """Stages 1 and 2: the amplitudes (CHANNELS, m) of a sound, one every STEP."""
    padded = 1 << (len(sound) + RINGING - 1).bit_length()
    index, response = _bank(padded)
    bands = np.fft.ifft(np.fft.rfft(sound, padded)[index] * response, axis=1)
    envelope: Floats = np.abs(bands)[:, : -(-len(sound) * index.shape[1] // padded)]
    return envelope


def centres() -> Floats:
    """The centre frequencies (CHANNELS,) in Hz."""
    lowest, highest = (21.4 * np.log10(1.0 + 4.37e-3 * f) for f in (LOWEST_HZ, HIGHEST_HZ))
    hertz: Floats = (10.0 ** (np.linspace(lowest, highest, CHANNELS) / 21.4) - 1.0) / 4.37e-3
    return hertz


@lru_cache(maxsize=4)
def _bank(padded: int) -> tuple[NDArray[np.int64], NDArray[np.complex128]]:
    """Return, for the spectrum of `padded` samples, the lines in the band of each filter and its response there, (CHANNELS, m) each."""
    hertz = RATE / padded  # between two lines
    centre = centres()[:, None]
    lines = np.rint((centre - BAND_HZ) / hertz).astype(np.int64) + np.arange(round(2 * BAND_HZ / hertz))
    width = 1.019 * 24.7 * (4.37e-3 * centre + 1.0)
    response = (1.0 + 1j * (lines * hertz - centre) / width) ** -4
    in_spectrum = (lines > 0) & (2 * lines < padded)
    scale = 2.0 * lines.shape[1] / padded
    return np.where(in_spectrum, lines, 0), np.where(in_spectrum, scale * response, 0.0)
