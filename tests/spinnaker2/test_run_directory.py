"""A script's run leaves a run directory, in which packets can be asked for and followed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from made_networks import MADE, made_network
from spinn2sim.cli.main import commands
from spinn2sim.errors import DataError
from spinn2sim.files.npz_reader import read_arrays
from spinn2sim.report.run import open_run
from spinn2sim.scripts.script_directory import plan_of_script_run
from spinn2sim.spinnaker2 import hardware


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, hardware.SpiNNaker2Chip]:
    """A run directory of a recurrent network in small slices, and the chip that made it."""
    net, ticks, _ = made_network(MADE[4], atoms=7)
    chip = hardware.SpiNNaker2Chip()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(hardware.RUNS, str(tmp_path_factory.mktemp("runs")))
        chip.run(net, ticks)
        chip.run(net, ticks)
    assert chip.last_folder is not None
    return chip.last_folder, chip


def ask(*arguments: object) -> str:
    """Run a command and return what it prints."""
    done = CliRunner().invoke(commands, [str(a) for a in arguments])
    assert done.exit_code == 0, done.output + repr(done.exception)
    return done.output


def test_tables_and_recordings(run: tuple[Path, hardware.SpiNNaker2Chip]) -> None:
    """The second run has a folder of its own, whose files hold; its plan is mapped again as it was, its recordings are those of the run."""
    folder, chip = run
    result = chip.last_run
    assert result is not None
    assert folder.name.endswith("-2")
    assert plan_of_script_run(folder).entries == result.plan.entries
    assert plan_of_script_run(folder).shares == result.plan.shares
    arrays = read_arrays(folder / "recordings.npz")
    assert np.array_equal(arrays["spikes_1"], result.spikes[1])
    packets = open_run(folder).packets
    assert packets.num_rows == result.counters.due.sum()
    assert "files are as the run wrote them" in ask("verify", folder)


def test_packets_and_one_packet(run: tuple[Path, hardware.SpiNNaker2Chip]) -> None:
    """The summary, a packet's life with its hops, and SQL answer."""
    folder, chip = run
    assert chip.last_run is not None
    assert "all on time" in ask("packets", folder)
    life = ask("packets", folder, "--follow", 5)
    assert "hops, replayed" in life
    assert chip.last_run.plan.graph is not None
    assert chip.last_run.plan.graph.populations[0].name in life
    rows = json.loads(ask("packets", folder, "--sql", "SELECT count(*) AS n FROM spikes", "--json"))["rows"]
    assert rows == [{"n": int(chip.last_run.counters.sent[0])}]


def test_page(run: tuple[Path, hardware.SpiNNaker2Chip]) -> None:
    """The page has a raster, voltages, traffic and the floor plan."""
    folder, _ = run
    assert "Nothing was lost" in ask("report", folder)
    text = (folder / "report.html").read_text()
    for title in ("raster", "voltages", "traffic", "floor-plan", "latency", "sram"):
        assert f'<section id="{title}">' in text
    assert "Not shown" not in text


def test_figures_and_table(run: tuple[Path, hardware.SpiNNaker2Chip], tmp_path: Path) -> None:
    """Raster and voltages are a figure, in Python and as a file; those of training are not there. A notebook shows a table."""
    folder, _ = run
    assert "wrote" in ask("report", folder, "--figures", tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {
        f"{n}.png" for n in ("recordings", "floorplan", "latency", "sram")
    }
    opened = open_run(folder)
    assert opened.figure("recordings").axes[0].get_yticklabels()
    with pytest.raises(DataError, match="figure: found 'accuracy', allowed is recordings, floorplan, latency, sram"):
        opened.figure("accuracy")
    assert "Nothing was lost" in opened._repr_html_()


@pytest.mark.parametrize("name", ["../../away", "a/b", "\x1b[31m", "", "x" * 300])
def test_names_that_are_no_folder(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder's name is harmless, whatever the network's is."""
    monkeypatch.setenv(hardware.RUNS, str(tmp_path / "runs"))
    net, _, _ = made_network(MADE[9])
    net.name = name
    hardware.SpiNNaker2Chip().run(net, 5)
    assert len(list((tmp_path / "runs").iterdir())) == 1
