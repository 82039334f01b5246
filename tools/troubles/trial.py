"""Tries a command in a trouble, and says which laws it broke."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

from troubles.commands import PROGRAM, Arguments
from troubles.kinds import Kind

MOST_S = 300  # of the clock, on a machine that has other work
SAID = "spinn2sim: "
# Lines that may come beside the refusal.
BESIDE = ("WARNING: ", "compiling the programs", "compiled in ", "epoch ")
# The signals by which the dynamic loader or a library of others ends a process that has no memory left.
LIBRARIES_FAULT = (-6, -11)


class End(NamedTuple):
    """How a command ended: its exit status, and the laws that it broke."""

    status: int
    findings: list[str]


def try_command(place: Path, kind: Kind, name: str, arguments: Arguments) -> End:
    """Carry a command out in a copy of the folder `place` and in a trouble."""
    with tempfile.TemporaryDirectory() as above:
        folder = Path(above) / "folder"
        shutil.copytree(place, folder)
        before = contents(folder)
        with kind.folder(folder):
            try:
                done = subprocess.run(  # noqa: S603 - this program
                    [*kind.before, *PROGRAM, *arguments], cwd=folder, env=_environment(kind), capture_output=True, text=True,
                    timeout=MOST_S, check=False, preexec_fn=kind.limit,
                )  # fmt: skip
            except subprocess.TimeoutExpired:
                return End(-1, [f"{name}: not at its end after {MOST_S} s"])
        after = contents(folder)
    return End(done.returncode, [f"{name}: {found}" for found in _faults(done, before, after, arguments)])


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files in a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _environment(kind: Kind) -> dict[str, str]:
    found: dict[str, str | None] = {**os.environ, **(kind.environment or {})}
    return {name: value for name, value in found.items() if value is not None}


def _faults(
    done: subprocess.CompletedProcess[str], before: dict[str, bytes], after: dict[str, bytes], arguments: Arguments
) -> list[str]:
    found = []
    if done.returncode in LIBRARIES_FAULT and "Traceback" not in done.stderr:
        lines = [""]
    else:
        lines = [line for line in done.stderr.splitlines() if not line.startswith(BESIDE)]
        if done.returncode not in (0, 2):
            found.append(f"exit status {done.returncode}: {done.stderr[-400:]}")
        if done.returncode == 2 and not (len(lines) == 1 and lines[0].startswith(SAID)):
            found.append(f"not one line: {done.stderr[-400:]}")
    # A run that goes on changes its own files; `verify` below the trial is for that.
    kept = {name for name in before if not (name.startswith("r/") and "--resume" in arguments)}
    found += [f"{name} is not as it was" for name in sorted(kept) if after.get(name) != before[name]]
    found += [f"{name} is left" for name in after if name.endswith(".part") and done.returncode in (0, 2)]
    return found
