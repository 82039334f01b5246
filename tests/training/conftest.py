"""Lets the tests of this folder import its small scenario, and writes it where a test wants it."""

from __future__ import annotations

from pathlib import Path

import pytest

from small_scenario import SMALL, SMALL_READOUT


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A file with the small scenario."""
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    return path


@pytest.fixture
def small_readout(tmp_path: Path) -> Path:
    """A file with the small scenario whose outputs never spike."""
    path = tmp_path / "readout.toml"
    path.write_text(SMALL_READOUT)
    return path
