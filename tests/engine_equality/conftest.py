"""Lets the tests of this folder import their kit and that of tests/engine; it never defines a fixture."""

from __future__ import annotations

import sys
from pathlib import Path

for folder in (
    Path(__file__).parent,
    Path(__file__).parent.parent / "engine",
    Path(__file__).parent.parent / "session",
):
    sys.path.insert(0, str(folder))
