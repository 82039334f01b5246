"""Refuses what runs of one chip can have and runs of a board cannot."""

from __future__ import annotations

from spinn2sim.errors import ScenarioError
from spinn2sim.hardware.engines.choice import EMULATED, WITHOUT_FIRMWARE
from spinn2sim.scenario.keys import Scenario


def refuse_with_board(scenario: Scenario, engine: str) -> None:
    """Raise ScenarioError for the engine that emulates the firmware, which plays one chip, if the scenario has a board."""
    if scenario.board is not None and engine == EMULATED:
        allowed = " or ".join(f'"{name}"' for name in WITHOUT_FIRMWARE)
        raise ScenarioError(f'{scenario.name}: engine: found "{EMULATED}" with [board], allowed is {allowed}')
