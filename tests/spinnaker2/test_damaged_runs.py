"""A script's run directory that was damaged or written by a stranger is refused in one line, whatever is wrong in it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spinn2sim.errors import DataError
from spinn2sim.scripts.script_directory import plan_of_script_run, read_network
from spinn2sim.spinnaker2 import hardware, snn

# Where in network.json, and what stands there; or which array, and what becomes of it.
DAMAGED: dict[str, tuple[Any, Any]] = {
    "ticks": (("ticks",), 0),
    "period": (("period_q",), "long"),
    "losses": (("losses",), None),
    "name": (("name",), 5),
    "size": (("populations", 1, "size"), 7),
    "no size": (("populations", 1, "size"), None),
    "kind": (("populations", 1, "kind"), "cell"),
    "record": (("populations", 1, "record"), [[1]]),
    "bytes": (("populations", 1, "pe_bytes"), "x"),
    "neurons on a PE": (("populations", 1, "neurons_per_pe"), -1),
    "end": (("projections", 0, "post"), 9),
    "stride": (("projections", 0, "convolution", "stride"), [0, 1]),
    "pool": (("projections", 0, "convolution", "pool"), [1, 9]),
    "pad": (("projections", 0, "convolution", "pad"), [0, 0, 0, 10**9]),
    "pads": (("projections", 0, "convolution", "pad"), [0]),
    "height": (("projections", 0, "convolution", "height"), -5),
    "edges": (("edges", 1), [0, 9]),
    "unsorted edges": (("edges", 1), [0, 5, 5, 8]),
    "spikes": ("population_0_spikes", lambda a: a * 1000),
    "flat spikes": ("population_0_spikes", lambda a: a.reshape(-1)),
    "parameter": ("population_1_threshold", lambda a: a[:-1]),
    "text": ("population_1_threshold", lambda a: a.astype("U5")),
    "kernel": ("projection_0_kernel", lambda a: a[:, :1]),
    "kernel of nan": ("projection_0_kernel", lambda a: a * np.nan),
    "target": ("projection_1_target", lambda a: a + 8),
    "columns": ("projection_1_weight", lambda a: a[1:]),
    "broken delay": ("projection_1_delay", lambda a: a + 0.5),
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of events, an image behind them, and synapses in it."""
    stim = snn.Population(9, "spike_list", {4: [0, 1]}, "stim")
    image = snn.Population(8, "lif_conv2d", {"threshold": 1, "alpha_decay": 1}, "image")
    net = snn.Network("whole")
    net.add(stim, image, snn.Conv2DProjection(stim, image, np.ones((1, 2, 2, 2)), {"in_height": 3, "in_width": 3}))
    net.add(snn.Projection(image, image, [[0, 1, 1, 0], [7, 7, -1, 0]]))
    chip = hardware.SpiNNaker2Chip()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(hardware.RUNS, str(tmp_path_factory.mktemp("runs")))
        chip.run(net, 5)
    assert chip.last_folder is not None
    return chip.last_folder


@pytest.mark.parametrize("case", DAMAGED)
def test_a_damaged_network_is_refused(case: str, run: Path, tmp_path: Path) -> None:
    """Nothing is mapped, and nothing but a refusal is raised."""
    where, what = DAMAGED[case]
    folder = shutil.copytree(run, tmp_path / "run")
    if isinstance(where, str):
        with np.load(folder / "network.npz") as file:
            arrays = dict(file)
        arrays[where] = what(arrays[where])
        np.savez(folder / "network.npz", **arrays)
    else:
        described = json.loads((folder / "network.json").read_text())
        inner = described
        for key in where[:-1]:
            inner = inner[key]
        inner[where[-1]] = what
        (folder / "network.json").write_text(json.dumps(described))
    with pytest.raises(DataError) as refusal:
        plan_of_script_run(folder)
    assert "network" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_the_whole_network_is_read(run: Path) -> None:
    """What is not damaged is no refusal; runs from before edges were written are cut anew."""
    assert len(plan_of_script_run(run).shares) == 2
    assert read_network(run)[1].image(1) == (2, 2, 2)
