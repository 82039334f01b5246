"""Where a run comes from: versions, commit, seed, machine and times."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("spinn2sim", "numpy", "numba", "llvmlite", "simpy", "networkx", "pyarrow", "pydantic")


def now() -> str:
    """The time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def provenance(
    seed: int, command: str, start: str, end: str | None = None, resumed: Sequence[str] = ()
) -> dict[str, object]:
    """The object of provenance.json. `command` says what ran; times are as `now` gives them, `resumed` has one for each resumption."""
    return {
        "command": command,
        "version": _version("spinn2sim"),
        "git_commit": git_commit(Path(__file__).parent),
        "packages": {name: _version(name) for name in PACKAGES},
        "seed": seed,
        "machine": {
            "system": platform.platform(),
            "processor": platform.machine(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
        },
        "start": start,
        "resumed": list(resumed),
        "end": end,
    }


def git_commit(folder: Path) -> str | None:
    """The commit that `folder` is checked out at, "-dirty" behind it if files differ; None if git doesn't track
    this module there."""
    if _git(folder, "ls-files", "--error-unmatch", Path(__file__).name) is None:
        return None
    return _git(folder, "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*")


def _git(folder: Path, *arguments: str) -> str | None:
    git = shutil.which("git")
    if git is None:
        return None
    command = [git, "-C", str(folder), *arguments]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)  # noqa: S603 no shell
    except (OSError, subprocess.TimeoutExpired):
        return None
    return said.stdout.strip() if said.returncode == 0 else None


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
