"""Copies of a chip's programs, whose states follow the chip's own, and whose counts are added to these."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_models.programs.group_program import GroupProgram
from spinn2sim.training.trained_chip import COUNTS


class ProgramCopies:
    """Copies of programs with states of their own. The arrays of the states that were copied must not be replaced later."""

    def __init__(self, programs: Sequence[GroupProgram]) -> None:
        self.programs = [replace(program, state=copy_of(program.state), boxes=None, refs=None) for program in programs]
        both = list(zip(self.programs, programs, strict=True))
        self._arrays = [pair for mine, theirs in both for pair in arrays_of(mine.state, theirs.state)]
        self._counts = [pair for mine, theirs in both for pair in counts_of(mine.state, theirs.state)]

    def begin(self) -> None:
        """Take over the states as they are now, with counts of zero."""
        for mine, theirs in self._arrays:
            mine[...] = theirs
        for mine, _ in self._counts:
            mine[...] = 0

    def end(self) -> None:
        """Add the counts to those of the programs that were copied."""
        for mine, theirs in self._counts:
            theirs += mine


def copy_of(state: Any) -> Any:
    """Copy a NamedTuple with all arrays in it; numbers are kept."""
    copied: dict[str, Any] = {}
    for name, field in zip(state._fields, state, strict=True):
        if hasattr(field, "_fields"):
            copied[name] = copy_of(field)
        elif isinstance(field, np.ndarray):
            copied[name] = field.copy()
    return state._replace(**copied)


def arrays_of(mine: Any, theirs: Any) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """Yield the arrays of two states of the same shapes, side by side."""
    for field, other in zip(mine, theirs, strict=True):
        if hasattr(field, "_fields"):
            yield from arrays_of(field, other)
        elif isinstance(field, np.ndarray):
            yield field, other


def counts_of(mine: Any, theirs: Any) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """Yield the arrays that count what happened since the part began, side by side."""
    for name in COUNTS:
        if hasattr(mine, name):
            yield getattr(mine, name), getattr(theirs, name)
    if hasattr(mine, "ledger"):
        yield mine.ledger.times, theirs.ledger.times
