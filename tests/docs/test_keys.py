"""The pages that explain the keys of a scenario."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import get_type_hints

from places import ROOT
from spinn2sim.scenario.cycle_keys import CycleCosts
from spinn2sim.scenario.fault_keys import Faults
from spinn2sim.scenario.keys import Scenario
from spinn2sim.scenario.network_keys import DeclaredPopulation, DeclaredProjection

PAGES = ("reference/scenarios.md", "reference/trace.md", "reference/chip-faults.md", "how-to/training.md")


def keys_of(table: type) -> Iterator[str]:
    """The keys of a table and of the tables in it; `spinn2sim chip` explains those of [chip.cycles]."""
    types = get_type_hints(table)
    for field in fields(table):
        kind = types[field.name]
        if is_dataclass(kind) and isinstance(kind, type):
            yield from () if kind is CycleCosts else keys_of(kind)
        else:
            yield field.name


def test_every_key_is_explained() -> None:
    """Each key stands in a table of one of the pages, by its name alone or behind the name of its table."""
    lines = [line for page in PAGES for line in (ROOT / "docs" / page).read_text().splitlines()]
    explained = set(re.findall(r"`(?:\w+\.)?(\w+)`", "\n".join(line for line in lines if line.startswith("|"))))
    keys = {key for table in (Scenario, DeclaredPopulation, DeclaredProjection, Faults) for key in keys_of(table)}
    assert len(keys) > 60
    assert keys - explained == set()
