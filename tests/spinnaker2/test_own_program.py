"""A neuron model from a package of a user's own runs on the simulated chip, and a package that cannot be used is one line."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from firmware_models.cost import ASSUMED, make_costs, resolve
from made_package import add_metadata, install
from places import ROOT
from spinn2sim.cli.main import commands
from spinn2sim.errors import NotModelledError
from spinn2sim.files.npz_reader import read_arrays
from spinn2sim.mirror.script_mirror import mirror_network
from spinn2sim.scripts.neuron_models import find_neuron_model
from spinn2sim.scripts.own_references import references_of
from spinn2sim.scripts.script_directory import plan_of_script_run
from spinn2sim.spinnaker2 import brian2_sim, hardware, snn
from spinn2sim.spinnaker2.alias import run_script
from spinn2sim.spinnaker2.describe import describe
from spinn2sim.validation.validate_network import validate_script_run

SOURCE = ROOT / "tests" / "fixtures" / "own_program"
TICKS = 60
PARAMS = {"decay_cos": np.linspace(0.2, 0.9, 12), "decay_sin": 0.4, "threshold": 9.0}


@pytest.fixture
def resonator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The example package is installed."""
    install(monkeypatch, tmp_path / "site", SOURCE)


def network(model: str = "resonate_and_fire") -> tuple[snn.Network, snn.Population]:
    """A recurrent population of the model, and LIF neurons behind it."""
    rng = np.random.default_rng(4)
    stim = snn.Population(6, "spike_list", {i: range(i, TICKS, 4) for i in range(6)}, "stim")
    pop = snn.Population(12, model, PARAMS, "pop", ["spikes", "x", "y", "time_done"])
    after = snn.Population(4, "lif", {"threshold": 9, "alpha_decay": 0.9}, "after", ["spikes", "v"])
    net = snn.Network("own")
    net.add(stim, pop, after)
    for pre, post in ((stim, pop), (pop, pop), (pop, after)):
        rows = [
            [rng.integers(pre.size), rng.integers(post.size), rng.integers(-4, 12), rng.integers(8)] for _ in range(50)
        ]
        net.add(snn.Projection(pre, post, rows))
    return net, pop


@pytest.mark.usefixtures("resonator")
def test_engines_and_reference_agree() -> None:
    """Spike for spike and state for state, on both engines and off the chip, however the population is cut."""
    net, pop = network()
    described = describe(net, TICKS)
    expected = mirror_network(described.graph, described.spikes, TICKS, own=references_of(described.graph))
    assert 0 < len(expected.spikes[1]) < TICKS * 12
    chip = hardware.SpiNNaker2Chip()
    for engine, atoms in (("compiled", 12), ("compiled", 5), ("discrete_event", 5)):
        chip.engine = engine
        pop.set_max_atoms_per_core(atoms)
        chip.run(net, TICKS)
        assert chip.last_run is not None
        assert all(np.array_equal(a, b) for a, b in zip(chip.last_run.spikes, expected.spikes, strict=True))
        for state in ("x", "y"):
            assert np.array_equal(np.stack(list(pop.get_variable(state).values()), 1), expected.states[1][state])
    brian2_sim.Brian2Backend().run(net, TICKS)
    assert set(pop.get_variable("x")) == set(range(12))


@pytest.mark.usefixtures("resonator")
def test_costs_are_the_models_own() -> None:
    """Cycles and SRAM are as a model declares; a built-in model has the usual cycles and needs no more SRAM."""
    model = find_neuron_model("resonate_and_fire")
    assert model is not None
    assert model.cycles is not None
    costs, chip = make_costs(resolve(ASSUMED, {})), hardware.SpiNNaker2Chip()
    chip.costs = ASSUMED
    for name, params, cycles, region in (
        ("lif", {"threshold": 9, "alpha_decay": 0.9}, costs.script_neuron, None),
        ("resonate_and_fire", PARAMS, model.cycles, 12 * model.neuron_bytes),
    ):
        pop, net = snn.Population(12, name, params, "alone", ["time_done"]), snn.Network()
        net.add(pop)
        chip.run(net, 3)
        assert chip.last_run is not None
        (done,) = pop.get_time_done_times().values()
        assert done * 1e-3 * 300e6 == pytest.approx(costs.tick + 12 * cycles)
        assert chip.last_run.plan.groups[0].regions.get("model") == region


def test_the_example_script(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A script names the model; its run is inspected with the usual commands, even where the package is not installed."""
    with pytest.MonkeyPatch.context() as patch:
        install(patch, tmp_path / "site", SOURCE)
        patch.setenv(hardware.RUNS, str(tmp_path / "runs"))
        assert run_script(SOURCE / "resonate.py", []) == 0
    assert capsys.readouterr().out == "{0: [13], 1: [57]}\n"
    (folder,) = (tmp_path / "runs").iterdir()
    with pytest.MonkeyPatch.context() as patch:
        install(patch, tmp_path / "again", SOURCE)
        validation = validate_script_run(folder)
        assert validation.holds
        assert validation.voltages == 2 * 2 * 80
    monkeypatch.setattr("spinn2sim.scripts.neuron_models._loaded", {})
    assert {"spikes_1", "x_1", "y_1"} <= set(read_arrays(folder / "recordings.npz"))
    assert plan_of_script_run(folder).graph is not None
    for command in (["packets", folder], ["packets", folder, "--follow", 1], ["report", folder], ["verify", folder]):
        done = CliRunner().invoke(commands, [str(word) for word in command])
        assert done.exit_code == 0, done.output
    assert "resonators 1 y" in (folder / "report.html").read_text()
    assert find_neuron_model("resonate_and_fire") is None
    refused = CliRunner().invoke(commands, ["validate", str(folder)])
    assert isinstance(refused.exception, NotModelledError)
    assert "which there is not; is its package installed?" in str(refused.exception)


def test_nothing_else_is_loaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Built-in models load no package, a package's model no other package, and `chip` lists packages without loading any."""
    (tmp_path / "loud.py").write_text("raise SystemExit('loaded')\n")
    add_metadata(monkeypatch, tmp_path, "loud", ["[spinn2sim.firmware]", "lif = loud:MODEL", "loud = loud:MODEL"])
    install(monkeypatch, tmp_path / "site", SOURCE)
    for model in ("lif", "resonate_and_fire"):
        snn.Population(1, model, {})
    with pytest.raises(NotModelledError, match="did you mean resonate_and_fire"):
        snn.Population(1, "resonate_and_fires", {})
    assert "loud, of loud 1.0 (loud:MODEL)" in CliRunner().invoke(commands, ["chip"]).output
    assert "loud" not in sys.modules


HEAD = """
import json
from firmware_models.jit.compiler import kernels_in
from firmware_models.neuron_model import REQUIRED, NeuronModel
kernel = kernels_in(None)
@kernel
def update(p, x, exc, inh, name):
    {body}
"""
GOOD = "return x[0] > p[0]"
MADE = 'MODEL = NeuronModel("NAME", update, {"a": 1.0}, {"v": 0.0})\n'
BROKEN = {
    "import": ("import a_module_that_is_not_there", "ModuleNotFoundError: No module named 'a_module_that_is_not_there'"),
    "exit": ("import sys; sys.exit(0)", "SystemExit: 0"),
    "syntax": ("def", "SyntaxError: "),
    "absent": ("", "has no attribute 'MODEL'"),
    "field": (HEAD.format(body=GOOD) + 'MODEL = NeuronModel("NAME")', "TypeError: .* 'update'"),
    "kind": ("MODEL = {}", "found a dict, allowed is a firmware_models.neuron_model.NeuronModel"),
    "name": (HEAD.format(body=GOOD) + MADE.replace("NAME", "other"), "found the name 'other' in its declaration, allowed is '"),
    "state": (HEAD.format(body=GOOD) + MADE.replace('"v"', '"u"'), "ValueError: record: found 'v', which is no state"),
    "beyond": (HEAD.format(body="return x[1] > p[0]") + MADE, "update: IndexError: found the index 1 of a row of 1"),
    "last": (HEAD.format(body="return x[-1] > p[0]") + MADE, "update: IndexError: found the index -1 of a row of 1"),
    "answer": (HEAD.format(body="return 3") + MADE, "update: TypeError: it returns 3, allowed is True or False"),
    "raises": (HEAD.format(body="return undefined > 0") + MADE, "update: NameError: name 'undefined' is not defined"),
    "compile": (HEAD.format(body="return len(json.dumps(1)) > 0") + MADE, "update: TypingError: .*json"),
    "arguments": (HEAD.format(body=GOOD).replace(", name", "") + MADE, "update: takes 4 arguments, allowed are p, x, exc, inh, name"),
    "plain": (HEAD.format(body=GOOD).replace("@kernel", "") + MADE, "update: TypeError: found a function, allowed is a kernel"),
    "start": (HEAD.format(body=GOOD) + MADE.replace("0.0", "lambda p: p['b']"), "states: KeyError: 'b'"),
    "shape": (HEAD.format(body=GOOD) + MADE.replace("0.0", "lambda p: [1, 2, 3]"), "states: ValueError: "),
    "nothing": (MADE.replace("update", "None").join(["from firmware_models.neuron_model import NeuronModel\n", ""]), "update: found None"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_package_that_cannot_be_used(case: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A package that fails is refused in one line that names population, model, distribution and entry point."""
    text, reason = BROKEN[case]
    name = f"broken_{case}"
    (tmp_path / f"{name}.py").write_text(text.replace("NAME", name))
    add_metadata(monkeypatch, tmp_path, name, ["[spinn2sim.firmware]", f"{name} = {name}:MODEL"])
    with pytest.raises(NotModelledError, match=reason) as refused:
        snn.Population(3, name, {}, "mine")
    said = str(refused.value)
    assert said.startswith(f"population mine: neuron model {name} of {name} 1.0 ({name}:MODEL): ")
    assert "\n" not in said


def test_two_packages_of_one_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A name that two distributions offer is refused with both."""
    for name in ("first", "second"):
        add_metadata(monkeypatch, tmp_path / name, name, ["[spinn2sim.firmware]", f"twice = {name}:MODEL"])
    with pytest.raises(
        NotModelledError, match=r"neuron model twice: found in second 1.0 .* and first 1.0 .*, allowed is one"
    ):
        snn.Population(3, "twice", {}, "mine")


@pytest.mark.usefixtures("resonator")
def test_without_a_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that declares no reference runs on the chip alone."""
    net, _ = network()
    model = find_neuron_model("resonate_and_fire")
    assert model is not None
    monkeypatch.setitem(model.__dict__, "reference", None)
    with pytest.raises(NotModelledError, match="population pop: neuron model resonate_and_fire declares no reference"):
        brian2_sim.Brian2Backend().run(net, 5)
