"""Where each cycle cost of a scenario comes from: its own key, counts of compiled firmware, a paper, or an assumption."""

from __future__ import annotations

from typing import NamedTuple

from firmware_models.cost import cost_set
from spinn2sim.scenario.cost_keys import cycles_of
from spinn2sim.scenario.keys import Chip

OWN = "chip.cycles of the scenario"


class CostSource(NamedTuple):
    """The cost of one operation."""

    cycles: float
    # "assumed", "chip-paper", "counted: ...", or OWN
    source: str
    reason: str

    @property
    def assumed(self) -> bool:
        """Whether nothing but a guess stands behind the number."""
        return self.source in ("assumed", OWN)


def describe_costs(chip: Chip) -> dict[str, CostSource]:
    """Return the cost of every operation with its source. Raises ScenarioError if the set is not there."""
    cycles, entries = cycles_of(chip), cost_set(chip.costs)
    standard = cycles_of(Chip(costs=chip.costs))
    return {
        key: CostSource(
            cycles[key],
            entry.source if cycles[key] == standard[key] else OWN,
            entry.reason,
        )
        for key, entry in entries.items()
    }
