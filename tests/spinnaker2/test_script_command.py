"""`spinn2sim script` runs a script as Python does, and `spinnaker2` means the simulated chip only meanwhile."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from command_line import Done, spinn2sim
from places import ROOT
from spinn2sim.errors import ScriptError
from spinn2sim.spinnaker2.alias import aliased, run_script

EVERY_NAME = """
import spinnaker2
from spinnaker2 import hardware, snn, helpers, brian2_sim, ann2snn_helpers, mapper
from spinnaker2.ann2snn_helpers import connection_list_from_dense_weights, join_conn_lists, connection_list_for_sumpool2d
from spinnaker2.logger import SpiNNaker2Logger
from spinnaker2.experiment_backends import BackendSettings, ROUTING, ExperimentBackendType
from spinnaker2.experiment_backends.base_experiment_backend import ExperimentBackendType
from spinnaker2.experiment_backends.backend_settings import BackendSettings, ROUTING
from spinnaker2.neuron_models.common import DVFSParams, PmgtMode
from spinnaker2.neuron_models.lif_neuron import LIFApplication, LIFNoDelayApplication
from spinnaker2.neuron_models.lif_conv2d import LIFConv2dApplication
SpiNNaker2Logger.setup(level="debug")
LIFNoDelayApplication.profiling = True
LIFConv2dApplication.dvfs_params = DVFSParams(PmgtMode.PL_MODE_LOW, 10)
hw = hardware.SpiNNcloud48NodeBoard(stm_ip="1.2.3.4", eth_ip="1.2.3.5")
hw = hardware.SpiNNaker2Chip(experiment_backend_type=ExperimentBackendType("cpp"))
settings = BackendSettings(routing_type=ROUTING.C2C)
assert spinnaker2.helpers.spike_times_dict_to_arrays({0: [1], 2: [0, 3]})[0].tolist() == [0, 2, 2]
print("all there")
"""


def script(tmp_path: Path, text: str, *arguments: str) -> Done:
    """Run a script of this text with the command."""
    file = tmp_path / "mine.py"
    file.write_text(text)
    return spinn2sim("script", file, *arguments, cwd=ROOT)


def test_names_that_scripts_import(tmp_path: Path) -> None:
    """Every name that scripts import is there, and those without effect say so in a line each."""
    done = script(tmp_path, EVERY_NAME)
    assert (done.returncode, done.stdout) == (0, "all there\n"), done.stderr
    assert all(line.startswith("WARNING: ") for line in done.stderr.splitlines())
    assert "LIFNoDelayApplication.profiling has no effect" in done.stderr


def test_a_refusal_is_one_line(tmp_path: Path) -> None:
    """A network that cannot run ends the script with status 2 and one line, without a traceback."""
    done = script(tmp_path, "from spinnaker2 import snn\nsnn.Population(1, 'gas', {})\n")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("spinn2sim: population Population_0: neuron model 'gas' is not modelled; there are ")
    assert done.stderr.count("\n") == 1


def test_a_script_is_run_as_python_does(tmp_path: Path) -> None:
    """Arguments, exit status, modules beside the script and tracebacks are as with Python."""
    (tmp_path / "beside.py").write_text("x = 3\n")
    text = "import sys, beside\nprint(__name__, sys.argv[1:], beside.x)\nsys.exit(7)\n"
    done = script(tmp_path, text, "--length", "5", "-h")
    assert (done.returncode, done.stdout) == (7, "__main__ ['--length', '5', '-h'] 3\n")


def test_errors_are_those_of_python(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A traceback begins at the script's own line, and a text given to sys.exit is printed."""
    file = tmp_path / "mine.py"
    file.write_text("def f():\n    return 1 / 0\nf()\n")
    assert run_script(file, []) == 1
    told = capsys.readouterr().err.splitlines()
    assert told[0] == "Traceback (most recent call last):"
    assert [line for line in told if "File" in line] == [
        f'  File "{file}", line 3, in <module>', f'  File "{file}", line 2, in f'
    ]  # fmt: skip
    file.write_text("import sys\nsys.exit('enough')\n")
    assert run_script(file, []) == 1
    assert capsys.readouterr().err == "enough\n"


@pytest.mark.parametrize(("name", "found"), [("none.py", "no such file"), (".", "a folder")])
def test_what_is_no_script(tmp_path: Path, name: str, found: str) -> None:
    """A file that is not there is refused in one line."""
    with pytest.raises(ScriptError, match=f"found {found}, allowed is a Python script"):
        run_script(tmp_path / name, [])


def test_the_alias_is_gone_afterwards() -> None:
    """What is installed as `spinnaker2` is itself again after a script, even one that raised."""
    before = sys.modules.copy()
    with pytest.raises(ZeroDivisionError), aliased():  # noqa: PT012 - the import must be inside
        import spinnaker2.snn  # type: ignore[import-not-found]

        assert spinnaker2.__name__ == "spinn2sim.spinnaker2"
        raise ZeroDivisionError
    assert {name for name in sys.modules if name.startswith("spinnaker2")} <= set(before)
