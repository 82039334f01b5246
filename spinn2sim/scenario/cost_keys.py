"""The cycle costs of a scenario: its own keys of [chip.cycles], and the set that chip.costs names for all others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace

from firmware_models.cost import ASSUMED, SETS, resolve
from spinn2sim.errors import ScenarioError
from spinn2sim.scenario.cycle_keys import CycleCosts
from spinn2sim.scenario.keys import Chip, Scenario
from spinn2sim.scenario.overrides import Tree


def cycles_of(chip: Chip) -> dict[str, float]:
    """Return the cycles of every operation. Raises ScenarioError if the set is not there."""
    try:
        return resolve(chip.costs, asdict(chip.cycles))
    except ValueError as error:
        raise ScenarioError(f'chip.costs: found "{chip.costs}", allowed is "{ASSUMED}": {error}') from None


def with_cycles(scenario: Scenario) -> Scenario:
    """Fill in every key of [chip.cycles]. Raises ScenarioError if the set is not there."""
    chip = scenario.chip
    return replace(scenario, chip=replace(chip, cycles=CycleCosts(**cycles_of(chip))))


def make_way(tree: Tree, overrides: Mapping[str, object]) -> Tree:
    """Leave out of [chip.cycles] what another set than that of overrides filled in, as in a run's scenario.toml."""
    chip = tree.get("chip")
    cycles = chip.get("cycles") if isinstance(chip, dict) else None
    if "chip.costs" not in overrides or not isinstance(chip, dict) or not isinstance(cycles, dict):
        return tree
    before = chip.get("costs", ASSUMED)
    if before == overrides["chip.costs"] or not isinstance(before, str) or before not in SETS:
        return tree
    numbers = {key: value for key, value in cycles.items() if isinstance(value, int | float)}
    try:
        filled = [key for key, value in numbers.items() if resolve(before, {**numbers, key: None}).get(key) == value]
    except ValueError:
        return tree
    return {**tree, "chip": {**chip, "cycles": {key: value for key, value in cycles.items() if key not in filled}}}
