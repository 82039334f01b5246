"""Trace filters that no row can pass are refused before a run begins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import spinn2sim
from spinn2sim.errors import ScenarioError


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"trace.ticks": [0, 99]}, r"trace\.ticks: found \[0, 99\], allowed is within \[-1, \d+\]"),
        ({"trace.ticks": [5, 2]}, r"trace\.ticks: found \[5, 2\], allowed is the first tick and the last one"),
        ({"trace.pes": [152]}, r"trace\.pes: found 152, allowed is one of the \d+ PEs"),
        ({"trace.pes": [153]}, r"trace\.pes\[0\]: found 153, allowed is less than or equal to 152"),
        ({"trace.samples": [20]}, r"trace\.samples: found 20, allowed is 0 to 19"),
        ({"trace.kinds": ["spikes"]}, r"trace\.kinds\[0\]: found \"spikes\", allowed is 'spike', 'error', 'dma', 'guard' or 'sum'"),
        ({"trace.packets": "window", "trace.samples": [99]}, r"trace\.samples: found 99, allowed is 0 to 19"),
        ({"trace.packets": "window", "trace.samples": [8]}, r"sample 8 is in batch 2"),
        ({"trace.packets": "window", "trace.epoch": 3}, r"trace\.epoch: found 3, allowed is 1 to training\.epochs = 2"),
    ],
)  # fmt: skip
def test_a_window_outside_the_run_is_refused(small: Path, tmp_path: Path, keys: dict[str, Any], said: str) -> None:
    """A filter that no row can pass is refused in one line before anything is written."""
    with pytest.raises(ScenarioError, match=said):
        spinn2sim.run(small, tmp_path / "out", {"trace.packets": "all", **keys})
    assert not (tmp_path / "out").exists()
