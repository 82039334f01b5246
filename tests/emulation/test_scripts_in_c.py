"""The program of scripts' networks in C against numba, wake by wake, and scripts on the emulated core against the compiled engine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from firmwares.lockstep import BitsDifferError
from firmwares.planted import with_code_fault
from firmwares.script_draws import MODELS, DrawnScript, play_script
from made_package import install
from places import ROOT
from spinn2sim.cli.main import commands
from spinn2sim.emulation.firmware_file import shipped
from spinn2sim.errors import ScenarioError
from spinn2sim.spinnaker2 import hardware, snn

SCRIPT = ROOT / "tests" / "fixtures" / "spinnaker2" / "scripts" / "two_inputs.py"
populations = st.tuples(st.sampled_from(MODELS), st.integers(1, 12))
DRAWS = st.builds(
    DrawnScript,
    seed=st.integers(0, 2**32 - 1),
    populations=st.lists(populations, min_size=1, max_size=3).map(tuple),
    inputs=st.integers(1, 8),
    ticks=st.sampled_from([1, 9, 30]),
    atoms=st.integers(2, 12),
    image=st.booleans(),
    tick_us=st.sampled_from([1000.0, 2.0]),
)
pytestmark = pytest.mark.filterwarnings("ignore::spinn2sim.errors.ScriptNotice")


@settings(max_examples=5, deadline=None)
@given(drawn=DRAWS)
def test_a_drawn_network_is_the_same_in_c(drawn: DrawnScript) -> None:
    """Models, delays, weights of both signs, convolutions, ticks that are too short, and floats of all kinds change no bit."""
    assert play_script(drawn, None, 6) > 0


def test_every_model_is_the_same_in_c_for_long() -> None:
    """A population of each model, 100 ticks: nothing drifts apart in C."""
    drawn = DrawnScript(seed=8, populations=tuple((model, 5) for model in MODELS), ticks=100, atoms=4)
    assert play_script(drawn) > 2 * 100 * len(MODELS)


@pytest.mark.parametrize(
    ("function", "instruction", "bit", "model"),
    [
        ("step_lif_curr_exp", "vadd", 0, "lif_curr_exp"),
        ("step_izhikevich", "vmul", 16, "izhikevich"),
        ("script_wake", "and", 16, "lif"),
    ],
    ids=["another current", "another product", "another delay"],
)
def test_a_changed_bit_of_the_code_is_found(function: str, instruction: str, bit: int, model: str) -> None:
    """An image of which one instruction takes another register or number does not pass."""
    changed = with_code_fault(shipped(), function, instruction, bit)
    with pytest.raises(BitsDifferError):
        play_script(DrawnScript(seed=2, populations=((model, 9),)), changed, 6)


def network() -> tuple[snn.Network, snn.Population]:
    """A spike list and a recurrent population, on three PEs."""
    stim = snn.Population(4, "spike_list", {n: list(range(n, 30, 3)) for n in range(4)}, "stim")
    params = {"threshold": 9.0, "alpha_decay": 0.9, "exc_decay": 0.6, "inh_decay": 0.3}
    pop = snn.Population(8, "lif_curr_exp", params, "pop", ["spikes", "v", "time_done"])
    pop.set_max_atoms_per_core(4)
    rows = [[n % 4, n % 8, 5 - n, n % 8] for n in range(16)]
    net = snn.Network("emulated")
    net.add(stim, pop, snn.Projection(stim, pop, rows), snn.Projection(pop, pop, [[n, 7 - n, -3, 2] for n in range(8)]))
    return net, pop


def test_a_script_s_recordings_are_those_of_the_other_engines() -> None:
    """Spikes and voltages have the same bits; the cycles are counted, so that ticks are done at another time."""
    net, pop = network()
    found = []
    for engine in ("compiled", "emulated", "emulated"):
        chip = hardware.SpiNNaker2Chip()
        chip.engine = engine
        chip.run(net, 30)
        times = np.concatenate(list(pop.get_time_done_times().values()))
        found.append((pop.get_spikes(), np.array(list(pop.get_voltages().values())).tobytes(), times))
    assert found[0][:2] == found[1][:2] == found[2][:2]
    assert sum(map(len, found[0][0].values())) > 0
    assert not np.array_equal(found[0][2], found[1][2])
    assert np.array_equal(found[1][2], found[2][2])


def test_the_commands_take_the_engine(tmp_path: Path) -> None:
    """`script` and `validate` run a script on the emulated core, and a run directory says that it was."""
    run = CliRunner()
    done = run.invoke(commands, ["script", "--engine", "emulated", "--runs", str(tmp_path), str(SCRIPT)])
    assert done.exit_code == 0, done.output
    assert '"engine": "emulated"' in (tmp_path / "two-inputs-1" / "network.json").read_text()
    done = run.invoke(commands, ["validate", "--engine", "emulated", str(tmp_path / "two-inputs-1")])
    assert done.exit_code == 0, done.output
    assert "voltages: no difference" in done.output


def test_what_has_no_c_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A model of a user's own package is refused by its name, and an engine that there is not by its."""
    install(monkeypatch, tmp_path / "site", ROOT / "tests" / "fixtures" / "own_program")
    params = {"decay_cos": 0.5, "decay_sin": 0.4, "threshold": 9.0}
    net = snn.Network("own")
    net.add(snn.Population(2, "resonate_and_fire", params, "pop"))
    chip = hardware.SpiNNaker2Chip()
    chip.engine = "emulated"
    with pytest.raises(
        ScenarioError, match="population pop: neuron model resonate_and_fire has no C; other engines run it"
    ):
        chip.run(net, 3)
    chip.engine = "fast"
    with pytest.raises(ScenarioError, match="engine: found 'fast', allowed is"):
        chip.run(net, 3)
