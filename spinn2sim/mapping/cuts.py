"""Contiguous ranges into which populations and rows of weights are cut."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Cut:
    """Neurons [first, last) of a population, or source rows [first, last) of a share's weights."""

    first: int
    last: int

    @property
    def size(self) -> int:
        """The number of neurons or rows."""
        return self.last - self.first


def even_cuts(total: int, parts: int) -> tuple[Cut, ...]:
    """Cut [0, total) into `parts` contiguous parts whose sizes differ by at most one, larger ones first."""
    base, extra = divmod(total, parts)
    edges = [0]
    for part in range(parts):
        edges.append(edges[-1] + base + (part < extra))
    return tuple(Cut(a, b) for a, b in pairwise(edges))
