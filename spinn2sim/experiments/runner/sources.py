"""The publications that experiments are compared with, as summaries name them; it holds no number of theirs."""

from __future__ import annotations

POSTER = "Blessing et al. 2023, Gradient Computation With Sparse Observations for Analog Neuromorphic Hardware"
PEHLE = "Pehle et al. 2023, Event-based Backpropagation for Analog Neuromorphic Hardware"
CRAMER = "Cramer et al. 2022, Surrogate gradients for analog neuromorphic computing, doi:10.1073/pnas.2109194119"
