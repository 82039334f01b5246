"""The engines of a board by name."""

from __future__ import annotations

from spinn2sim.errors import need_choice
from spinn2sim.hardware.engines.board_engine import BoardEngine
from spinn2sim.hardware.engines.choice import COMPILED, WITHOUT_FIRMWARE


def board_engine_of(name: str) -> type[BoardEngine]:
    """Return the class of the board engine `name`. Raises ScenarioError for a name that is not in WITHOUT_FIRMWARE."""
    need_choice("engine", name, WITHOUT_FIRMWARE)
    if name == COMPILED:
        from spinn2sim.hardware.engines.compiled.compiled_board import CompiledBoard

        return CompiledBoard
    from spinn2sim.hardware.engines.discrete_board import DiscreteBoard

    return DiscreteBoard
