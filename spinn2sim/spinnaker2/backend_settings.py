"""Settings of the way to a board, under the other name that scripts import them by."""

from __future__ import annotations

from spinn2sim.spinnaker2.experiment_backends.backend_settings import ROUTING, BackendSettings

__all__ = ["ROUTING", "BackendSettings"]
