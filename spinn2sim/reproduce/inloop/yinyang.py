"""Yin-Yang as latencies, 5-120-3 with a readout that integrates: one task for three estimators; it trains nothing.

The settings were chosen on the validation split with another seed. Scores are maxima times 10, as in the chip's own example
(electronicvisions/brainscales2-demos, ts_05-yin_yang.rst: readout_scale), so that maxima stay within the converter's range.
"""

from __future__ import annotations

from typing import Literal

from spinn2sim.data import yinyang
from spinn2sim.data.latency import latencies
from spinn2sim.loop.trainer import Examples, Plan
from spinn2sim.spec.continuous import Network

US = 1e-6
NETWORK = Network((5, 120, 3), 6 * US, 6 * US, 60 * US, "max_voltage")
INIT = ((0.334, 1.3), (0.0, 0.1))
SCALE, LEAST_SLOPE, STEEPNESS = 10.0, 0.3, 10.0
SPLITS = {"train": (5000, 42), "validation": (1000, 41), "test": (1000, 40)}  # published: samples and seed


def split(name: Literal["train", "validation", "test"], most: int = 5000) -> Examples:
    """A published split, or its first `most` samples."""
    samples, seed = SPLITS[name]
    values, labels = yinyang.generate(min(samples, most), seed)
    return Examples(latencies(values, 2 * US, 26 * US, 18 * US), labels)


def plan(epochs: int) -> Plan:
    """How fast, for all estimators."""
    return Plan(epochs, 50, 2e-3, 0.93)
