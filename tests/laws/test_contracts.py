"""The import contracts of pyproject.toml: each of them refuses an import that is planted in a copy of the packages."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from places import ROOT

SIMPY, PROGRAMS = "import simpy", "import firmware_models.kernels.lif"
# The first words of a contract's name, the file that gets an import, and the import.
PLANTED = [
    ("Floors of the house", "spinn2sim/hardware/units.py", "import spinn2sim.trace.recorder"),
    ("Floors of the house", "spinn2sim/mirror/constants.py", "import spinn2sim.mapping.place"),
    ("No circle of imports", "spinn2sim/hardware/network/fifo.py", "import spinn2sim.hardware.network.machine"),
    ("No circle of imports", "firmware_models/fixedpoint.py", "import firmware_models.kernels.lif"),
    ("Only training, scripts and emulation hand", "spinn2sim/hardware/units.py", PROGRAMS),
    ("Only training, scripts and emulation hand", "spinn2sim/report/palette.py", PROGRAMS),
    ("Only training, scripts and emulation hand", "spinn2sim/experiments/continuous/lambert.py", PROGRAMS),
    ("Only training, scripts and emulation hand", "spinn2sim/cli/table.py", PROGRAMS),
    ("Firmware knows numpy", "firmware_models/cost.py", "import networkx"),
    ("SimPy is", "spinn2sim/report/palette.py", SIMPY),
    ("SimPy is", "spinn2sim/experiments/continuous/lambert.py", SIMPY),
    ("SimPy is", "spinn2sim/training/search/split.py", SIMPY),
    ("SimPy is", "spinn2sim/experiments/substrate/noise.py", SIMPY),
    ("SimPy is", "spinn2sim/cli/table.py", SIMPY),
    (
        "Only training, scripts and the command line emulate",
        "spinn2sim/mirror/constants.py",
        "import spinn2sim.emulation.core",
    ),
    ("Only training, scripts and the command line emulate", "spinn2sim/api.py", "import spinn2sim.emulation.core"),
    ("Unicorn, Capstone", "spinn2sim/training/score.py", "import unicorn"),
    ("Click is", "spinn2sim/training/score.py", "import click"),
    ("Optuna is", "spinn2sim/training/score.py", "import optuna"),
    ("Bokeh is", "spinn2sim/report/palette.py", "import bokeh.models"),
    ("Mapping is", "spinn2sim/mapping/place.py", "import spinn2sim.scenario.keys"),
    ("The mirror knows", "spinn2sim/mirror/constants.py", "import spinn2sim.hardware.network.channel"),
]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]


def verdicts(folder: Path) -> dict[str, bool]:
    """What import-linter says of the packages in `folder`: contract -> whether it is kept."""
    program = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    done = subprocess.run(
        [sys.executable, "-c", program, "--no-cache"],
        cwd=folder, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(folder), "COLUMNS": "1000"},
    )  # fmt: skip
    lines = [line.strip() for line in done.stdout.splitlines()]
    return {line.rsplit(" ", 1)[0]: line.endswith(" KEPT") for line in lines if line.endswith((" KEPT", " BROKEN"))}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The two packages and pyproject.toml in a folder of their own."""
    folder = tmp_path_factory.mktemp("house")
    for package in ("spinn2sim", "firmware_models"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_every_contract_has_a_planted_import() -> None:
    """A contract that is added without a planted import here would be believed unseen."""
    names = [contract["name"] for contract in CONTRACTS]
    assert sorted(names) == sorted(
        name for start in {start for start, *_ in PLANTED} for name in names if name.startswith(start)
    )


def test_no_contract_looks_away() -> None:
    """A contract's list of ignored imports has at most three lines, and no floor is optional."""
    for contract in CONTRACTS:
        assert len(contract.get("ignore_imports", [])) <= 3, contract["name"]
        assert not any("(" in layer for layer in contract.get("layers", [])), contract["name"]


def test_the_packages_keep_all_contracts(copy: Path) -> None:
    """As they are, both packages keep every contract: what is planted below is what breaks them."""
    kept = verdicts(copy)
    assert len(kept) == len(CONTRACTS)
    assert all(kept.values()), [name for name, good in kept.items() if not good]


@pytest.mark.parametrize(("contract", "file", "line"), PLANTED)
def test_a_planted_import_is_refused(copy: Path, contract: str, file: str, line: str) -> None:
    """One forbidden import in any room breaks the contract that forbids it."""
    path = copy / file
    text = path.read_text()
    path.write_text(f"{text}\n{line}\n")
    try:
        kept = verdicts(copy)
    finally:
        path.write_text(text)
    assert [good for name, good in kept.items() if name.startswith(contract)] == [False]
