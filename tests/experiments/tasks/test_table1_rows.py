"""The settings that Table 1 trains with are those that the documents name."""

from __future__ import annotations

from importlib.resources import files

from places import SCENARIOS
from spinn2sim.scenario.load import load_text

BEST = SCENARIOS / "best" / "fine.toml"


def test_the_chip_row_is_the_kept_scenario() -> None:
    """The scenario that `reproduce` trains with is, key by key, the one that was chosen."""
    mine = (files("spinn2sim.experiments.tasks.yinyang") / "chip.toml").read_text()

    assert load_text(mine) == load_text(BEST.read_text())
