"""The ways to a board that scripts choose from, which have no effect."""

from __future__ import annotations

from spinn2sim.spinnaker2.experiment_backends.backend_settings import ROUTING, BackendSettings
from spinn2sim.spinnaker2.experiment_backends.base_experiment_backend import ExperimentBackendType

__all__ = ["ROUTING", "BackendSettings", "ExperimentBackendType"]
