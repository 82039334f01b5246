"""The engines by name, and which of them is the default. Two give equal results.

The third is the discrete-event engine with programs whose cycles an emulated core counts; training puts these in place of the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spinn2sim.errors import need_choice

if TYPE_CHECKING:
    from spinn2sim.hardware.engines.base import Engine

ENGINES = COMPILED, DISCRETE_EVENT, EMULATED = "compiled", "discrete_event", "emulated"  # the first one is the default
# Engines that play any programs; the other one trains with the firmware in C.
WITHOUT_FIRMWARE = COMPILED, DISCRETE_EVENT


def engine_of(name: str) -> type[Engine]:
    """Return the class of the engine `name`. Raises ScenarioError for a name that is not in WITHOUT_FIRMWARE."""
    need_choice("engine", name, WITHOUT_FIRMWARE)
    if name == COMPILED:
        from spinn2sim.hardware.engines.compiled import Compiled

        return Compiled
    from spinn2sim.hardware.engines.discrete_event import DiscreteEvent

    return DiscreteEvent
