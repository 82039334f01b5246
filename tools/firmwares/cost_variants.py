"""The sets of cycle costs that documents compare: assumed, counted before the firmware was tuned, counted now, and by clang's build."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from firmware_models.cost import ASSUMED, COUNTED, SETS

UNTUNED = Path(__file__).with_name("untuned_costs.json")


class Variant(NamedTuple):
    """A set of costs, and the keys of a scenario that choose it."""

    name: str
    changes: dict[str, Any]


def _own(cycles: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys of a scenario whose counted costs are these."""
    numbers = {key: value for key, value in cycles.items() if isinstance(value, int | float)}
    return {"chip.costs": COUNTED, **{f"chip.cycles.{key}": value for key, value in numbers.items()}}


def variants() -> list[Variant]:
    """Return the sets, from the oldest to the one that runs have by default, and clang's."""
    counted = json.loads(SETS[COUNTED].read_text())
    return [
        Variant("assumed", {"chip.costs": ASSUMED}),
        Variant("gcc, before tuning", _own(json.loads(UNTUNED.read_text())["cycles"])),
        Variant("gcc", {"chip.costs": COUNTED}),
        Variant("clang", _own(counted["second_opinion"]["cycles"])),
    ]
