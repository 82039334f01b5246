"""The programs of LIF neurons with exponential currents on a board."""

from __future__ import annotations

from spinn2sim.spinnaker2.without_effect import Application


class LIFCurrExpApplication(Application):
    """The program of `lif_curr_exp`."""


class LIFCurrExpNoDelayApplication(Application):
    """The program of `lif_curr_exp_no_delay`."""
