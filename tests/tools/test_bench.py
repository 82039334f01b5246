"""The benchmark command runs and leaves both files; its figures are not looked at."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from places import ROOT


@pytest.mark.slow
def test_quick_engines_writes_both_files(tmp_path: Path) -> None:
    """One command times both engines and says what they did, with counts that belong together."""
    command = [sys.executable, str(ROOT / "tools" / "bench.py"), "--quick", "--only", "engines", "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((tmp_path / "benchmarks.json").read_text())
    lines = [line for line in found["lines"] if line["part"] == "engines"]
    assert {line["name"] for line in lines} == {
        f"{engine}, trace {packets}" for engine in ("compiled", "discrete_event") for packets in ("none", "all")
    }
    first = {line["name"]: line for line in lines if line["epoch"] == 1}
    compiled, traced = first["compiled, trace none"], first["compiled, trace all"]
    assert [compiled[k] for k in ("samples", "deliveries", "packets")] == [
        traced[k] for k in ("samples", "deliveries", "packets")
    ]
    assert all(line["wall"] > 0 and line["cpu"] > 0 and line["deliveries"] > line["samples"] for line in lines)
    page = (tmp_path / "benchmarks.md").read_text()
    assert "## Engines" in page
    assert "## Above the floor" in page
    assert not found["skipped"]


def test_unknown_part_is_refused() -> None:
    """A misspelt part must not give an empty page."""
    command = [sys.executable, str(ROOT / "tools" / "bench.py"), "--only", "engine"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "found engine, allowed is engines" in done.stderr
