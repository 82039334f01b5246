"""The logger that scripts set up, which has no effect."""

from __future__ import annotations

from typing import Any

from spinn2sim.spinnaker2.notices import notice


class SpiNNaker2Logger:
    """The log of a board; the simulated chip warns instead."""

    @staticmethod
    def setup(*args: Any, **options: Any) -> None:
        """Do nothing but say so."""
        notice("SpiNNaker2Logger.setup has no effect on the simulated chip")
