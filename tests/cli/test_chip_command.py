"""The command `chip`: its facts with their sources, the floor plan, and the same data as JSON."""

from __future__ import annotations

import json

from spinn2sim.cli.board_text import board_data, board_lines
from spinn2sim.cli.chip_command import chip_data, chip_lines, floor_plan
from spinn2sim.hardware.facts import ASSUMED_RULES, FACTS
from spinn2sim.scenario.load import load


def test_every_fact_and_assumption_is_shown_with_its_source() -> None:
    """No fact, source, key or assumed rule is missing; assumptions carry their mark."""
    text = chip_lines()
    for fact in FACTS:
        line = next(line for line in text if fact.name in line and fact.source in line)
        assert ("!" in line) == fact.assumed
        assert fact.key in line
    for rule in ASSUMED_RULES:
        assert any(rule in line for line in text)


def test_floor_plan_shows_every_core_once_and_the_six_ports() -> None:
    """The plan shows 38 quads with their core ids, two slots each for router and DRAM, and marks six ports."""
    plan = "\n".join(floor_plan())
    assert plan.count("ER") == 2
    assert plan.count("DRAM") == 2
    assert plan.count("*") == 6
    assert all(f"{first}-{first + 3}" in plan for first in range(1, 153, 4))
    assert all(len(line) <= 80 for line in floor_plan())


def test_data_is_plain_json() -> None:
    """The machine-readable form survives a round trip."""
    data = chip_data()
    assert json.loads(json.dumps(data)) == data
    assert sum(len(quad["cores"]) for quad in data["quads"]) == 152


def test_board_of_a_scenario_is_counted() -> None:
    """48 chips have 120 links between them; a dead chip, dead links and reserved PEs are left out; the links' rate is in packets/s."""
    changes = {"board.dead_chips": [[4, 4]], "board.dead_links": [[0, 0, "E"]], "training.copies": 47}
    data = board_data(load("yinyang", {"board.shape": "hexagon", **changes, "faults.dead_pes": [1, 152]}))
    assert (data["chips"], data["links"], data["dead_links"]) == (47, 120 - 6 - 1, 1)
    assert (data["pes"], data["pes_for_networks"]) == (47 * 152, 47 * 146)
    assert data["packets_per_s"] == 62_500_000
    assert json.loads(json.dumps(data)) == data
    text = "\n".join(board_lines(data))
    assert "(4, 4)" in text
    assert "62.5 M/s" in text
