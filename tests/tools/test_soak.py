"""The soak in reduced size, and that it finds what it looks for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from places import ROOT

TOOL = str(ROOT / "tools" / "soak.py")


@pytest.mark.slow
def test_short_soak_finds_nothing_wrong(tmp_path: Path) -> None:
    """A million deliveries balance after every batch, in flat memory, late on the clock."""
    command = [sys.executable, TOOL, "--deliveries", "1e6", "--json", str(tmp_path / "soak.json")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((tmp_path / "soak.json").read_text())
    assert found["wrong"] == []
    assert found["deliveries"] >= 1e6
    assert found["balanced"] == found["batches"] >= 3
    assert found["most_in_flight"] > 0
    assert found["start_q"] > 1 << 40


@pytest.mark.slow
def test_soak_tells_a_clock_that_is_wrong() -> None:
    """A clock that does not begin with a whole microsecond is rounded at the end, which the soak must notice."""
    done = subprocess.run(
        [sys.executable, TOOL, "--deliveries", "1", "--start", "1"], capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 1
    assert "WRONG: quanta between the clock and the ticks' periods" in done.stdout
