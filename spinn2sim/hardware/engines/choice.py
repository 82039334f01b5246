"""The engines by name, and which of them is the default. Two give equal results.

The third is the discrete-event engine with programs whose cycles an emulated core counts; training puts these in place of the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spinn2sim.errors import need_choice

if TYPE_CHECKING:
    from spinn2sim.hardware.engines.base import Engine

ENGINES = COMPILED, DISCRETE_EVENT, EMULATED = "compiled", "discrete_event", "emulated"  # the first one is the default


def engine_of(name: str) -> type[Engine]:
    """Return the class of the engine `name`. Raises ScenarioError for a name that is not in ENGINES."""
    need_choice("engine", name, ENGINES)
    if name == COMPILED:
        from spinn2sim.hardware.engines.compiled import Compiled

        return Compiled
    from spinn2sim.hardware.engines.discrete_event import DiscreteEvent

    return DiscreteEvent
