"""What the scenario.toml of a run of an earlier version leaves out, since there was no such key: what the run did then."""

from __future__ import annotations

from typing import Any

from firmware_models.cost import ASSUMED
from spinn2sim.scenario.overrides import Tree

RESOLVED = "# Resolved by spinn2sim"
# Keys of [chip] that came later, and what runs did before.
BEFORE: dict[str, Any] = {"costs": ASSUMED, "tick_margin": 0}


def with_earlier_defaults(tree: Tree, text: str) -> Tree:
    """Add to the tree of a resolved scenario the keys that its version did not have; other scenarios have today's defaults."""
    chip = tree.get("chip")
    comments = (line for line in text[:1000].splitlines() if line.startswith("#"))
    if not isinstance(chip, dict) or not any(line.startswith(RESOLVED) for line in comments):
        return tree
    return {**tree, "chip": {**BEFORE, **chip}}
