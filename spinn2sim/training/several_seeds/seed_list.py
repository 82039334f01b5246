"""Reads which seeds are asked for: "0..4", "0,3,7", both together, or numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from numbers import Integral

from spinn2sim.errors import ScenarioError, quoted

MOST_SEEDS = 1000
ABOVE = 2**63
ONE, RANGE = re.compile(r"\s*([0-9]{1,19})\s*"), re.compile(r"\s*([0-9]{1,19})\s*\.\.\s*([0-9]{1,19})\s*")
ALLOWED = "allowed are whole numbers from 0 on such as 0..4 or 0,3,7"


def read_seeds(given: str | Iterable[int], where: str = "seeds") -> tuple[int, ...]:
    """Return the seeds in the order given. Raises ScenarioError for anything else, for a seed that is there twice, and for too many."""
    try:
        seeds = tuple(_of_text(given) if isinstance(given, str) else _of_numbers(given))
    except (TypeError, ValueError):
        raise ScenarioError(f"{where}: found {quoted(given)}, {ALLOWED}") from None
    if not 1 <= len(seeds) <= MOST_SEEDS:
        found = f"more than {MOST_SEEDS}" if seeds else "no"
        raise ScenarioError(f"{where}: found {found} seeds, allowed are 1 to {MOST_SEEDS}")
    twice = next((seed for k, seed in enumerate(seeds) if seed in seeds[:k]), None)
    if twice is not None:
        raise ScenarioError(f"{where}: found the seed {twice} twice, {ALLOWED}")
    return seeds


def _of_text(text: str) -> Iterator[int]:
    for part in text.split(","):
        if one := ONE.fullmatch(part):
            yield _bounded(int(one[1]))
        elif found := RANGE.fullmatch(part):
            first, last = _bounded(int(found[1])), _bounded(int(found[2]))
            if last < first:
                raise ValueError(part)
            yield from range(first, min(last, first + MOST_SEEDS) + 1)
        else:
            raise ValueError(part)


def _of_numbers(given: Iterable[int]) -> Iterator[int]:
    for seed in given:
        if isinstance(seed, bool) or not isinstance(seed, Integral):
            raise TypeError(seed)
        yield _bounded(int(seed))


def _bounded(seed: int) -> int:
    if not 0 <= seed < ABOVE:
        raise ValueError(seed)
    return seed
