"""Settings of the way to a board. Packets of the simulated chip always go through the event router."""

from __future__ import annotations

from enum import Enum

from spinn2sim.spinnaker2.without_effect import WithoutEffect


class ROUTING(Enum):
    """How packets go: from core to core, or through the event router, which is what is modelled for both."""

    C2C = "c2c"
    MC = "mc"


class BackendSettings(WithoutEffect):
    """Takes any settings."""
