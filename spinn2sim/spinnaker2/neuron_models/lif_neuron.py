"""The programs of LIF neurons on a board."""

from __future__ import annotations

from spinn2sim.spinnaker2.without_effect import Application


class LIFApplication(Application):
    """The program of `lif`."""


class LIFNoDelayApplication(Application):
    """The program of `lif_no_delay`."""
