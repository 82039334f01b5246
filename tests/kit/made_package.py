"""Installs packages for a test, without a network: a folder on sys.path with the metadata that pip would write there."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest


def install(patch: pytest.MonkeyPatch, site: Path, source: Path) -> None:
    """Install the package of a source folder with a pyproject.toml."""
    project = tomllib.loads((source / "pyproject.toml").read_text())["project"]
    patch.syspath_prepend(str(source))
    points = [
        line
        for group, found in project["entry-points"].items()
        for line in (f"[{group}]", *(f"{name} = {value}" for name, value in found.items()))
    ]
    add_metadata(patch, site, project["name"], points)


def add_metadata(patch: pytest.MonkeyPatch, site: Path, name: str, points: list[str]) -> None:
    """Add the metadata of a distribution with these lines of entry points."""
    folder = site / f"{name}-1.0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text("\n".join(points) + "\n")
    patch.syspath_prepend(str(site))
