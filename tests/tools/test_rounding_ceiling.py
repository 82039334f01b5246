"""tools/rounding_ceiling.py: what rounding the inputs leaves to the best classifier."""

from __future__ import annotations

import subprocess
import sys

import pytest

from places import ROOT

TOOL = ROOT / "tools" / "rounding_ceiling.py"


@pytest.mark.parametrize(
    ("arguments", "told"), [(["--dt", "1"], "97.05 %"), (["--dt", "1", "--split", "40"], "97.50 %")]
)
def test_the_figures_of_the_documents(arguments: list[str], told: str) -> None:
    """1 ms over 30 ms: on average, and of the published test split."""
    said = subprocess.run([sys.executable, str(TOOL), *arguments], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == told
