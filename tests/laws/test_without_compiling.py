"""Kernels mean the same as plain Python: the widening of every integer is written out, so that numba and numpy agree."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import spinn2sim
from small_scenario import SMALL, SMALL_READOUT
from spinn2sim.hardware.engines.choice import WITHOUT_FIRMWARE

TRAIN = """
import json, sys, warnings
import spinn2sim
warnings.simplefilter("ignore")  # numpy says where the hash of a noise stream wraps around, as it must
scenario, out, engine = sys.argv[1:]
print(json.dumps(spinn2sim.run(scenario, out=out, engine=engine).summary))
"""


@pytest.mark.parametrize("engine", WITHOUT_FIRMWARE)
@pytest.mark.parametrize("text", [SMALL, SMALL_READOUT], ids=["spiking", "readout"])
def test_uncompiled_kernels_train_to_the_same_weights(text: str, engine: str, tmp_path: Path) -> None:
    """Two epochs with every kernel as plain Python end in the weights and the losses of the compiled kernels, on either engine."""
    scenario = tmp_path / "small.toml"
    scenario.write_text(text)
    expected = spinn2sim.run(scenario, out=tmp_path / "compiled", engine=engine).summary
    done = subprocess.run(
        [sys.executable, "-c", TRAIN, str(scenario), str(tmp_path / "uncompiled"), engine],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert found["weights_sha256"] == expected["weights_sha256"]
    counts = [
        {key: count for key, count in run["totals"].items() if not key.endswith("wall_s")} for run in (found, expected)
    ]
    assert counts[0] == counts[1]
