"""The program of convolutions on a board."""

from __future__ import annotations

from spinn2sim.spinnaker2.without_effect import Application


class LIFConv2dApplication(Application):
    """The program of `lif_conv2d`."""
