"""`diff` of two runs of scripts, and a NIR file in a script without the package that reads it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from spinn2sim.cli.main import commands
from spinn2sim.errors import DataError
from spinn2sim.files import hdf5_reader
from spinn2sim.report.diff import diff
from spinn2sim.spinnaker2 import hardware, s2_nir, snn


def record(runs: Path, monkeypatch: pytest.MonkeyPatch, threshold: float) -> Path:
    """Run a neuron that hears a spike list, and return the run directory."""
    monkeypatch.setenv(hardware.RUNS, str(runs))
    stim = snn.Population(1, "spike_list", {0: [1, 2, 5]}, "stim")
    lif = snn.Population(1, "lif", {"threshold": threshold, "alpha_decay": 0.5}, "lif", ["spikes", "v"])
    net = snn.Network("net")
    net.add(stim, lif, snn.Projection(stim, lif, [[0, 0, 5, 0]]))
    chip = hardware.SpiNNaker2Chip()
    chip.run(net, 9)
    assert chip.last_folder is not None
    return chip.last_folder


def test_runs_of_scripts_are_compared_by_what_they_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Equal runs agree, and of others it is said which spikes and voltages differ, by population, and where first."""
    one, same, other = (record(tmp_path, monkeypatch, threshold) for threshold in (5.0, 5.0, 7.0))
    assert diff(one, same) == []
    lines = diff(one, other)
    assert any(
        line.startswith("population 'lif': spikes: 2 differ, first in tick 2 neuron 0: only the first")
        for line in lines
    )
    assert any(line.startswith("population 'lif': v: ") for line in lines)
    done = CliRunner().invoke(commands, ["diff", str(one), str(other)])
    assert done.exit_code == 1


def test_a_script_s_nir_file_without_h5py_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra that brings the package is named, as `spinn2sim import` names it."""
    monkeypatch.setattr(hdf5_reader, "find_spec", lambda name: None)
    with pytest.raises(
        DataError, match=r'x.nir: h5py is not installed; NIR files need it: pip install "spinn2sim\[nir\]"'
    ):
        s2_nir.read_nir("x.nir")
