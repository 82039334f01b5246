"""A network that is too large for a machine's memory is refused because of its sizes, before memory is allocated."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

import spinn2sim
from spinn2sim.errors import ScenarioError

TOO_LARGE = {
    "hidden": (
        {"network.hidden": [65535, 65535], "network.init": [[1, 1]] * 3},
        "network.hidden: found 4,295,360,505 weights",
    ),
    "steps": (
        {"network.hidden": [65535], "network.steps": 1000},
        "network.steps: found 1000 with 65,543 neurons, allowed are 16,777,216",
    ),
}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_too_large_is_refused(small: Path, name: str) -> None:
    """On the chip and on the mirror, a network that is too large is refused by the key that makes it so."""
    overrides, said = TOO_LARGE[name]
    for command in (spinn2sim.train, spinn2sim.run, spinn2sim.map):
        with pytest.raises(ScenarioError) as error:
            command(small, overrides=overrides)  # type: ignore[operator]
        assert said in str(error.value)


def test_no_memory_is_allocated(small: Path) -> None:
    """A network that is too large is refused as such also by a process that may allocate only 8 GiB."""
    code = f"import spinn2sim; spinn2sim.train({str(small)!r}, overrides={TOO_LARGE['hidden'][0]!r})"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30)),
    )  # fmt: skip
    assert "ScenarioError: network.hidden" in done.stderr
