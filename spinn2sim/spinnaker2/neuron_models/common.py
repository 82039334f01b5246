"""Power management of a board's programs, which has no effect: a PE has one performance level."""

from __future__ import annotations

from enum import Enum

from spinn2sim.spinnaker2.without_effect import WithoutEffect


class PmgtMode(Enum):
    """When a PE changes its performance level."""

    PL_MODE_LOW = 0
    PL_MODE_HIGH = 1
    PL_MODE_DVFS = 2
    PL_MODE_MID = 3


class DVFSParams(WithoutEffect):
    """From `pl_threshold` packets of a tick on, a PE of a board takes the high level."""
