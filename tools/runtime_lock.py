"""Writes requirements.lock: of the packages in requirements-dev.lock those that running needs, and what builds the package.

    python tools/runtime_lock.py    # `make lock` does it, after it has renewed requirements-dev.lock

What a package needs is read from what is installed, for every Python and system that the project names.
"""

from __future__ import annotations

import itertools
import re
import sys
import tomllib
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
DEV_LOCK, RUNTIME_LOCK = ROOT / "requirements-dev.lock", ROOT / "requirements.lock"
PYTHONS, SYSTEMS = ("3.11", "3.12", "3.13"), (("linux", "posix", "Linux"), ("darwin", "posix", "Darwin"))
HEAD = "# What running needs, from requirements-dev.lock by the following command:\n#    make lock\n"


def blocks_of(lock: str) -> dict[str, list[str]]:
    """Return the entries of a lock file by the package's name: there are two if versions differ between Pythons."""
    found: dict[str, list[str]] = {}
    for block in re.split(r"\n(?=[A-Za-z0-9])", lock.split("\n", 2)[2].rstrip("\n")):
        found.setdefault(canonicalize_name(block.split("==")[0]), []).append(block)
    return found


def applies(requirement: Requirement) -> bool:
    """Return whether a requirement counts on any Python and system that the project names, without an extra."""
    marker = requirement.marker
    return marker is None or any(
        marker.evaluate({
            "python_version": python, "python_full_version": f"{python}.0", "sys_platform": system[0],
            "os_name": system[1], "platform_system": system[2], "extra": "",
        })
        for python, system in itertools.product(PYTHONS, SYSTEMS)
    )  # fmt: skip


def needed(roots: list[str]) -> set[str]:
    """Return the names of all packages that some requirements bring with them. Raises PackageNotFoundError if one is not installed."""
    names: set[str] = set()
    left = [Requirement(root) for root in roots]
    while left:
        requirement = left.pop()
        name = canonicalize_name(requirement.name)
        if name not in names and applies(requirement):
            names.add(name)
            left += [Requirement(line) for line in requires(name) or ()]
    return names


def runtime_lock() -> str:
    """Return the text of requirements.lock."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    roots = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    blocks = blocks_of(DEV_LOCK.read_text())
    return HEAD + "\n".join(block for name in sorted(needed(roots)) for block in blocks[name]) + "\n"


if __name__ == "__main__":
    RUNTIME_LOCK.write_text(runtime_lock())
    sys.stdout.write(f"{RUNTIME_LOCK.name}: {len(blocks_of(runtime_lock()))} packages\n")
