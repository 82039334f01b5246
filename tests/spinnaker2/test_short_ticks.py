"""Ticks that are too short: what comes late is counted and told, and what could act on nothing is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from spinn2sim.cli.main import commands
from spinn2sim.hardware.packet import Outcome
from spinn2sim.spinnaker2 import hardware, notices, snn

TICKS, SHORT = 6, 3e-6
SCRIPT = """
from spinnaker2 import hardware, snn
stim = snn.Population(60, "spike_list", {n: [3] for n in range(60)}, "stim")
lif = snn.Population(2, "lif", {"threshold": 99.0, "alpha_decay": 0.5}, "lif")
for name, tick in (("short", 3e-6), ("long", 1e-3)):
    net = snn.Network(name)
    net.add(stim, lif, snn.Projection(stim, lif, [[i, 0, 1, 0] for i in range(60)]))
    for _ in range(3):
        hardware.SpiNNaker2Chip().run(net, 6, sys_tick_in_s=tick)
print("the end")
raise SystemExit(4)
"""


def burst(tick: int) -> tuple[snn.Network, snn.Population, snn.Population]:
    """A network in which 60 neurons fire in one tick, so that their PE sends for longer than a short tick."""
    stim = snn.Population(60, "spike_list", {n: [tick] for n in range(60)}, "stim", ["spikes", "time_done"])
    lif = snn.Population(2, "lif", {"threshold": 99.0, "alpha_decay": 0.5}, "lif", ["spikes", "v", "n_packets"])
    net = snn.Network("burst")
    net.add(stim, lif, snn.Projection(stim, lif, [[i, 0, 1, 0] for i in range(60)]))
    return net, stim, lif


@pytest.mark.parametrize("engine", ["compiled", "discrete_event"])
def test_the_last_tick_counts_nothing_as_late(engine: str) -> None:
    """The same burst loses something if it is sent before the last tick, and nothing if it is sent in the last one."""
    chip = hardware.SpiNNaker2Chip()
    chip.engine = engine
    net, _, _ = burst(TICKS - 1)
    chip.run(net, TICKS, sys_tick_in_s=SHORT)
    assert chip.last_run is not None
    assert chip.last_run.counters.losses() == []
    assert chip.last_run.counters.outcomes[0, Outcome.ON_TIME] == 60
    notices.forget()
    net, stim, _ = burst(TICKS - 3)
    with pytest.warns(UserWarning, match="network burst, ticks of 3e-06 s: .*overruns: "):
        chip.run(net, TICKS, sys_tick_in_s=SHORT)
    (done,) = stim.get_time_done_times().values()
    assert done.max() > 1


def test_packets_of_a_late_sender_act_later() -> None:
    """Packets that are not there when a tick begins are taken in the next one, and counted as late there."""
    net, _, lif = burst(2)
    chip = hardware.SpiNNaker2Chip()
    chip.costs = "assumed-1"
    chip.run(net, TICKS, sys_tick_in_s=SHORT)
    (packets,) = lif.get_n_packets().values()
    assert packets.tolist() == [0, 0, 0, 35, 25, 0]
    assert chip.last_run is not None
    assert chip.last_run.counters.outcomes[0, Outcome.LATE] == 25
    chip.run(net, TICKS)
    (packets,) = lif.get_n_packets().values()
    assert packets.tolist() == [0, 0, 0, 60, 0, 0]


def test_the_last_lines_say_what_was_lost(tmp_path: Path) -> None:
    """A script's last line is what all runs of a network lost, even if the script ends by itself; its run directories say so too."""
    file = tmp_path / "mine.py"
    file.write_text(SCRIPT)
    done = CliRunner().invoke(commands, ["script", "--runs", str(tmp_path / "runs"), str(file)])
    assert (done.exit_code, done.stdout) == (4, "the end\n")
    (line,) = done.stderr.splitlines()
    assert line.startswith("LOST: network short, ticks of 3e-06 s, 3 of 3 runs: ")
    assert line.endswith("results differ from those of longer ticks")
    assert "LOST: " in CliRunner().invoke(commands, ["packets", str(tmp_path / "runs" / "short-1")]).output
    assert "all on time" in CliRunner().invoke(commands, ["packets", str(tmp_path / "runs" / "long-3")]).output
    assert "LOST: " in CliRunner().invoke(commands, ["report", str(tmp_path / "runs" / "short-2")]).output


def test_a_loss_fails_a_script_if_that_is_asked_for(tmp_path: Path) -> None:
    """A script that ends well but lost packets has a status of its own; its own status goes first."""
    file = tmp_path / "mine.py"
    file.write_text(SCRIPT)
    assert CliRunner().invoke(commands, ["script", "--fail-on-loss", str(file)]).exit_code == 4
    file.write_text("".join(line for line in SCRIPT.splitlines(keepends=True) if "SystemExit" not in line))
    assert CliRunner().invoke(commands, ["script", "--fail-on-loss", str(file)]).exit_code == 3
    assert CliRunner().invoke(commands, ["script", str(file)]).exit_code == 0
