"""`map` shows what a script's populations take of PEs and what binds them, and runs nothing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from spinn2sim.cli.main import commands
from spinn2sim.errors import MappingError, ScriptError
from spinn2sim.scripts.script_directory import plan_of_script_run
from spinn2sim.spinnaker2 import hardware, snn
from spinn2sim.spinnaker2.map_script import map_script

SCRIPT = """
import sys
from spinnaker2 import hardware, snn

lif = {"threshold": 1, "alpha_decay": 1}
stim = snn.Population(9, "spike_list", {}, "stim")
image = snn.Population(1600, "lif_conv2d", lif, "image", [])
tall = snn.Population(300, "lif", lif, "tall", ["v"])
cut = snn.Population(10, "lif", lif, "cut")
cut.set_max_atoms_per_core(4)
net = snn.Network("net")
net.add(stim, image, tall, cut)
pads = {"pad_top": 1, "pad_bottom": 1, "pad_left": 1, "pad_right": 1}
net.add(snn.Conv2DProjection(stim, image, [[[[1]]] * 64], {"in_height": 3, "in_width": 3, **pads}))
print("not on stdout")
if sys.argv[1:] != ["idle"]:
    hardware.SpiNNaker2Chip().run(net, int(sys.argv[1]))
print("never")
"""


def ask(*arguments: object) -> tuple[int, str, str]:
    """Run a command and return its exit status and what it prints."""
    done = CliRunner().invoke(commands, [str(a) for a in arguments])
    return done.exit_code, done.stdout, done.stderr


def test_what_binds(tmp_path: Path) -> None:
    """Populations are bound by neurons, SRAM, the script or nothing; the script stops where it would run the network."""
    script = tmp_path / "net.py"
    script.write_text(SCRIPT)
    status, out, err = ask("map", script, "--json", "--", 200)
    assert (status, "not on stdout" in err, "never" in err) == (0, True, False)
    found = {one["name"]: one for one in json.loads(out)["populations"]}
    assert {name: (one["pes"], one["binds"]) for name, one in found.items()} == {
        "stim": (1, "nothing: it fits on one PE"),
        "image": (4, "neurons: 512 on a PE"),
        "tall": (4, "SRAM: most of it v"),
        "cut": (3, "the script: 4 neurons on a PE"),
    }
    assert found["image"]["regions"]["kernels"] == 16
    assert found["tall"]["sram_used"] == sum(found["tall"]["regions"].values()) <= found["tall"]["sram_total"]
    status, out, _ = ask("map", script, "--", 200)
    assert "population  model" in out
    assert "SRAM: most of it v" in out


def test_what_is_refused(tmp_path: Path) -> None:
    """A network that does not fit, a script that runs none, and keys for a script."""
    script = tmp_path / "net.py"
    script.write_text(SCRIPT)
    with pytest.raises(
        MappingError, match="population tall: found a neuron that needs 802048 bytes of a PE, allowed are 67328"
    ):
        map_script(script, ["100000"])
    with pytest.raises(ScriptError, match=r"net\.py: found no network that it runs on a chip, needed is one"):
        map_script(script, ["idle"])
    status, out, err = ask("map", script, "--set", "network.dt_ms=1")
    assert (status, out) == (2, "")
    assert "allowed for keys is a scenario" in err


def test_a_run_is_mapped_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan that was kept for a sample with fewer spikes is read as it ran, not as these spikes alone would be cut."""
    monkeypatch.setenv(hardware.RUNS, str(tmp_path))
    stim = snn.Population(60, "spike_list", {n: range(900) for n in range(60)}, "stim")
    net = snn.Network("fewer")
    net.add(stim)
    chip = hardware.SpiNNaker2Chip()
    for times in (range(900), range(2)):
        stim.params = dict.fromkeys(range(60), times)
        chip.run(net, 900)
        assert chip.last_folder is not None
        assert chip.last_run is not None
        assert len(chip.last_run.plan.shares) == 2
        assert plan_of_script_run(chip.last_folder).shares == chip.last_run.plan.shares
    status, out, _ = ask("map", chip.last_folder)
    assert status == 0
    assert "fewer, 900 ticks, on 2 of 148 PEs" in out
    edges = json.loads((chip.last_folder / "network.json").read_text())["edges"]
    assert edges == [[0, 30, 60]]
    assert np.array_equal(chip.last_run.spikes[0][:60, 1], np.arange(60))
