"""Tries inputs with the real command line: what the functions behind it refuse, it must refuse in one line, and write nothing."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

from fuzzing.commands import Commands, Ended
from fuzzing.kind import Kind
from fuzzing.law import LONGEST_LINE, MAX_BYTES, MAX_CPU_S, state_of

# What a command may say before its last line.
SAID_BESIDE = ("WARNING: ", "NOTE: ", "compiling ")
WRONG_USE, TRACEBACK = 2, "Traceback (most recent call last)"


class Sample(NamedTuple):
    """An input, and what the functions made of it."""

    number: int
    data: bytes
    refused: bool


def try_command(kind: Kind, sample: Sample, folder: Path, commands: Commands) -> tuple[list[str], Ended | None]:
    """Run the command that reads an input in `folder`, made for it. Return what is wrong with its end, and its end; None if none ran."""
    shutil.rmtree(folder, ignore_errors=True)
    look = kind.looks[sample.number % len(kind.looks)]
    if not look.command or not (look.is_short or sample.refused):
        return [], None
    place = folder / "input"
    kind.lay_out(place)
    kind.put(place, sample.data, sample.number)
    before = state_of(folder)
    ended = commands(kind.arguments(look, place), folder)
    return faults_of(ended, sample.refused, state_of(folder) != before), ended


def faults_of(ended: Ended, must_refuse: bool, has_written: bool) -> list[str]:
    """List what is wrong with the end of a command."""
    lines = [line for line in ended.err.splitlines() if not line.startswith(SAID_BESIDE)]
    found = [TRACEBACK] if TRACEBACK in ended.err else []
    if ended.status not in (0, 1, WRONG_USE) or (must_refuse and ended.status != WRONG_USE):
        found.append(f"exit status {ended.status}")
    if ended.status != WRONG_USE:
        return found
    # A scenario's problems are told all at once, in a line each.
    if not lines or not all(line.startswith("spinn2sim: ") for line in lines):
        found.append(f"{len(lines)} lines on stderr")
    if not all(
        line.isprintable() and len(line) <= LONGEST_LINE + len("spinn2sim: ") for line in ended.err.splitlines()
    ):
        found.append("a line that is too long or has control characters")
    if ended.out:
        found.append("something on stdout")
    if has_written:
        found.append("refused, and wrote")
    if ended.cpu_s > MAX_CPU_S:
        found.append(f"{ended.cpu_s:.1f} s of CPU")
    if ended.memory > MAX_BYTES:
        found.append(f"{ended.memory >> 20} MiB")
    return found
