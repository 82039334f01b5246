"""The provenance of a run: versions, commit, seed, machine and times."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("spinn2sim", "numpy", "numba", "llvmlite", "simpy", "networkx", "pyarrow", "pydantic")


def now() -> str:
    """Return the time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def provenance(
    seed: int,
    command: str,
    start: str,
    end: str | None = None,
    before: Mapping[str, Any] | None = None,
    inputs: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """Make the object of provenance.json. `command` says what ran; times are those of `now`, `start` is that of this start.

    For a resumed run, `before` is the object that the previous start wrote: time and versions of each start are kept. `inputs` are
    the files that it read.
    """
    this = {
        "version": _version("spinn2sim"),
        "git_commit": git_commit(Path(__file__).parent),
        "packages": {name: _version(name) for name in PACKAGES},
        "machine": {
            "system": platform.platform(),
            "processor": platform.machine(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
        },
    }
    return {
        "command": command,
        **this,
        "seed": seed,
        "start": start if before is None else str(before.get("start")),
        "resumed": [] if before is None else [*_list(before, "resumed"), start],
        "starts": [*_list(before or {}, "starts"), {"start": start, **this}],
        "inputs": dict(inputs or {}),
        "end": end,
    }


def _list(data: Mapping[str, Any], key: str) -> list[Any]:
    found = data.get(key)
    return list(found) if isinstance(found, list) else []


def git_commit(folder: Path) -> str | None:
    """Return the commit that `folder` is checked out at, with "-dirty" if files differ; None if git does not track
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
