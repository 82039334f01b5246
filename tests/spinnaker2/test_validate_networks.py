"""`spinn2sim validate` compares chip and mirror on scripts' networks, and says what it compared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

import spinn2sim
from made_networks import MADE, made_network
from places import ROOT
from spinn2sim.cli.main import commands
from spinn2sim.errors import ScenarioError
from spinn2sim.mirror.script_mirror import MirrorResult, mirror_network
from spinn2sim.spinnaker2 import hardware
from spinn2sim.validation import validate_network

SCRIPTS = ROOT / "tests" / "fixtures" / "spinnaker2" / "scripts"


def ask(*arguments: object) -> Result:
    """Run a command."""
    return CliRunner().invoke(commands, [str(a) for a in arguments])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The run directory of a recurrent network that records no voltages."""
    monkeypatch.setenv(hardware.RUNS, str(tmp_path / "runs"))
    net, ticks, _ = made_network(MADE[4])
    for population in net.populations:
        population.record = ["spikes"]
    chip = hardware.SpiNNaker2Chip()
    chip.run(net, ticks)
    assert chip.last_folder is not None
    return chip.last_folder


@pytest.mark.parametrize("engine", ["compiled", "discrete_event"])
def test_a_script(engine: str) -> None:
    """All runs of a script are compared, on either engine, and what the script prints is not on stdout."""
    done = ask("validate", SCRIPTS / "two_inputs.py", "--engine", engine)
    assert (done.exit_code, done.stdout.splitlines()) == (
        0, ["1 runs: 4 spikes and 60 voltages compared", "spikes, voltages: no difference", "nothing late or lost"]
    )  # fmt: skip


def test_a_script_that_ends_badly(tmp_path: Path) -> None:
    """Exit status 1 if the script fails or runs nothing, 2 and one line if the chip refuses its network or there are keys to set."""
    file = tmp_path / "mine.py"
    file.write_text("import sys\nprint(sys.argv[1:])\n")
    done = ask("validate", file, "--", "-x", "3")
    assert (done.exit_code, "['-x', '3']" in done.stderr) == (1, True)
    assert "the script runs no network" in done.stdout
    file.write_text("1 / 0\n")
    done = ask("validate", file)
    assert (done.exit_code, "the script ended with status 1" in done.stderr) == (1, True)
    file.write_text("from spinnaker2 import snn\nsnn.Population(1, 'gas', {})\n")
    assert "is not modelled" in str(ask("validate", file).exception)
    assert "--set: found a script" in str(ask("validate", file, "--set", "a=1").output)
    assert "more arguments" in ask("validate", "scenarios/yinyang.toml", "more").output


def test_a_run_directory(folder: Path) -> None:
    """The network of a run is run again with all voltages; Python gives the same answer, and takes no keys."""
    told = json.loads(ask("validate", folder, "--json").stdout)
    found: Any = spinn2sim.validate(folder)
    assert told == {"holds": True, **vars(found)}
    assert found.spikes > 0
    assert found.voltages > 0
    with pytest.raises(ScenarioError, match="found a script's network and keys to set"):
        spinn2sim.validate(folder, overrides={"seed": 1})


def test_differences_are_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One spike and one voltage that differ are named with population, tick and neuron; exit status 1."""

    def wrong(*arguments: Any, **options: Any) -> MirrorResult:
        right = mirror_network(*arguments, **options)
        right.states[1]["v"][3, 2] += np.float32(1)
        return right._replace(spikes=(right.spikes[0], right.spikes[1][1:]))

    monkeypatch.setattr(validate_network, "mirror_network", wrong)
    done = ask("validate", folder)
    assert done.exit_code == 1
    assert "spikes, voltages: DIFFER" in done.output
    assert "1 spikes differ, first in tick " in done.output
    assert ": only the chip has it" in done.output
    assert "1 voltages differ, first in tick 3 neuron 2: chip " in done.output
