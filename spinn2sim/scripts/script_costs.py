"""The cycle costs of a script's run: a set by its name, and numbers of its own, as `chip.costs` and `chip.cycles` are in a scenario."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from firmware_models.cost import ASSUMED, MOST_CYCLES, SETS, Costs, make_costs, resolve, with_refill
from spinn2sim.errors import ScenarioError, need_choice, quoted
from spinn2sim.scenario.keys import Chip

SET, OWN = "chip.costs", "chip.cycles."


class ScriptCosts(NamedTuple):
    """A set of costs, and numbers that are other ones: pairs of a key and its cycles, sorted."""

    name: str = Chip().costs
    own: tuple[tuple[str, float], ...] = ()

    def cycles(self) -> dict[str, float]:
        """Return the cycles of every operation. Raises ScenarioError if the set is not there."""
        try:
            return resolve(self.name, dict(self.own))
        except ValueError as error:
            raise ScenarioError(f'{SET}: found "{self.name}", allowed is "{ASSUMED}": {error}') from None

    def costs(self) -> Costs:
        """Return the costs as programs take them. Raises ScenarioError if the set is not there."""
        return with_refill(make_costs(self.cycles()))


DEFAULT_COSTS = ScriptCosts()


def check_costs(name: Any, own: Mapping[Any, Any]) -> ScriptCosts:
    """Return the costs of a name of SETS and of numbers by key. Raises ScenarioError."""
    need_choice(SET, name, tuple(SETS))
    if not isinstance(own, Mapping):
        raise ScenarioError(f"chip.cycles: found {quoted(own)}, allowed are cycles by the name of an operation")
    for key, value in own.items():
        if key not in Costs._fields:
            raise ScenarioError(f"{OWN}{quoted(key)}: there is no such operation; spinn2sim chip lists them")
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not 0 <= value <= MOST_CYCLES:
            raise ScenarioError(f"{OWN}{key}: found {quoted(value)}, allowed are 0 to {MOST_CYCLES} cycles")
    return ScriptCosts(name, tuple(sorted((key, float(value)) for key, value in own.items())))


def costs_of_keys(given: Mapping[str, object]) -> ScriptCosts:
    """Return the costs of dotted keys, as `--set` gives them. Raises ScenarioError for any other key."""
    own = {key.removeprefix(OWN): value for key, value in given.items() if key.startswith(OWN)}
    for key in given:
        if key != SET and not key.startswith(OWN):
            raise ScenarioError(
                f"--set {key:.60}: found a key of scenarios, allowed for a script are {SET} and {OWN}NAME"
            )
    return check_costs(given.get(SET, Chip().costs), own)


def costs_of_run(described: Mapping[str, Any]) -> ScriptCosts:
    """Return the costs of a run from its network.json; an older one had those that were assumed. Raises ScenarioError."""
    return check_costs(described.get("costs", ASSUMED), described.get("cycles", {}))
