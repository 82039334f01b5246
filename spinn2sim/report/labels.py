"""Makes names that a run's files hold fit for the labels of figures: short, of printable characters, and never invisible."""

from __future__ import annotations

from spinn2sim.errors import harmless

LONGEST_LABEL = 40


def label(name: str) -> str:
    """Return a name as a label. Names that a figure would leave out (empty ones, or with `_` in front in matplotlib) get quotes."""
    text = harmless(name)
    text = text if len(text) <= LONGEST_LABEL else f"{text[: LONGEST_LABEL - 3]}..."
    return f"'{text}'" if not text.strip() or text.startswith("_") else text
