"""The names of the Python package `spinnaker2`, whose scripts run on the simulated chip: see docs/reference/scripts.md."""

from __future__ import annotations

from spinn2sim.spinnaker2 import ann2snn_helpers, brian2_sim, hardware, helpers, s2_nir, snn

__all__ = ["ann2snn_helpers", "brian2_sim", "hardware", "helpers", "s2_nir", "snn"]
