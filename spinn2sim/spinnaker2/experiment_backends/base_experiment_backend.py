"""The names of the ways to a board, which have no effect."""

from __future__ import annotations

from enum import Enum


class ExperimentBackendType(Enum):
    """A way to a board."""

    SPINNMAN2 = "spinnman2"
    CPP = "cpp"
