"""Where a run comes from: versions, commit, seed, machine, times; it never changes a result."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("spinn2sim", "numpy", "numba", "llvmlite", "simpy", "networkx", "pyarrow", "pydantic")


def now() -> str:
    """The time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def provenance(seed: int, command: str, start: str, end: str | None = None) -> dict[str, object]:
    """What provenance.json holds. `command` says what ran (run, train); times as `now` gives them."""
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
        "end": end,
    }


def git_commit(folder: Path) -> str | None:
    """The commit that `folder` is checked out at, with "-dirty" if files differ from it; None without git or a
    repository."""
    git = shutil.which("git")
    if git is None:
        return None
    try:
        said = subprocess.run(  # noqa: S603 a fixed command without a shell
            [git, "-C", str(folder), "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"],
            capture_output=True, text=True, timeout=10, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    return said.stdout.strip() if said.returncode == 0 else None


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
