"""All kinds of input."""

from __future__ import annotations

from pathlib import Path

from fuzzing.file_kinds import file_kinds
from fuzzing.kind import Kind
from fuzzing.run_kinds import run_kinds
from fuzzing.sweep_kinds import sweep_kinds


def all_kinds(work: Path) -> list[Kind]:
    """Make every kind; what is read beside an input is written below `work`, where `run` is a complete run."""
    return [*file_kinds(work), *run_kinds(work / "run"), *sweep_kinds(work)]
