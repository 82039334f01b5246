"""A run directory with a few known packets, for the tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from made_run import make_run


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run directory with a trace of known packets."""
    return make_run(tmp_path / "run")
