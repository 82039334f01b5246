"""The mapper that scripts import, which has no effect: the simulated chip maps networks itself."""

from __future__ import annotations

from spinn2sim.spinnaker2.without_effect import WithoutEffect


class Mapper(WithoutEffect):
    """Takes any arguments."""
