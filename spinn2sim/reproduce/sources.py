"""The publications that experiments are compared with, as summaries name them; it holds no number of theirs."""

from __future__ import annotations

POSTER = "Blessing et al. 2023, Gradient Computation With Sparse Observations for Analog Neuromorphic Hardware"
