"""A finding: one sentence about what is wrong with a run, and the key of the scenario that may help."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# From this rank on a finding explains wrong answers; below it is a hint.
PROBLEM = 2.0
# Ranks: a network that cannot be right, one that cannot learn, a cause of wrong answers, a symptom, a hint.
IMPOSSIBLE, UNABLE, CAUSE, SYMPTOM, HINT = 5.0, 4.0, 3.0, 2.0, 1.0


@dataclass(frozen=True)
class Finding:
    """One sentence about a run. Causes rank above symptoms, and among equals the one that concerns more samples first."""

    rank: float
    # A short name that stays the same from version to version, such as "silent population".
    name: str
    text: str
    # The key of a scenario that may help.
    key: str
    # The share of test samples that it concerns, 0..1.
    share: float = 1.0

    @property
    def level(self) -> Literal["problem", "hint"]:
        """Whether it explains wrong answers, or is only worth knowing."""
        return "problem" if self.rank >= PROBLEM else "hint"

    def as_data(self) -> dict[str, str]:
        """Return the finding as values for JSON."""
        return {"level": self.level, "name": self.name, "text": self.text, "key": self.key}

    def __str__(self) -> str:
        return f"{self.text} [{self.key}]"


def percent(share: float) -> str:
    """Write a share as a percentage that is 100 % or 0 % only if it is exactly that."""
    if 0.9995 <= share < 1:
        return "99.9 %"
    if 0 < share < 0.001:
        return "0.1 %"
    return f"{share:.1%}".replace("%", " %").replace(".0 %", " %")
