"""The public functions: each one is listed, explained, light to import, and does what its example says."""

from __future__ import annotations

import doctest
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import spinn2sim
from places import ROOT
from spinn2sim import api
from spinn2sim.report.run import Run

NAMES = (
    "load_scenario", "run", "train", "resume", "resume_seeds", "open_run", "verify", "diagnose", "map", "validate", "check", "traffic",
    "sweep", "export_run", "import_model",
)  # fmt: skip


def test_every_function_is_listed() -> None:
    """dir(), __all__ and the table in the docstring have the same functions, and no other."""
    table = [line.split("|")[1].strip() for line in (spinn2sim.__doc__ or "").splitlines() if line.startswith("| ")]

    assert table[1:] == list(NAMES)
    assert sorted(spinn2sim.__all__) == sorted(NAMES)
    assert sorted(dir(spinn2sim)) == sorted([*NAMES, "__version__"])
    assert all(getattr(spinn2sim, name) is getattr(api, name) for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_function_is_explained(name: str) -> None:
    """A docstring says what a function does, what it raises, and shows an example; every argument has a type."""
    function = getattr(api, name)
    said = inspect.getdoc(function) or ""

    assert "Raises " in said or "errors are those of" in said
    assert ">>> " in said
    assert all(p.annotation is not p.empty for p in inspect.signature(function).parameters.values())


def test_importing_is_light() -> None:
    """`import spinn2sim` loads no heavy package."""
    heavy = ("numba", "numpy", "networkx", "pyarrow", "pydantic", "simpy")
    code = f"import sys, spinn2sim; print([m for m in {heavy} if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == "[]"


def test_the_examples_are_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The examples in the docstrings, run one after the other in one folder beside the scenarios, give what they say."""
    for folder in ("scenarios", "tests"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    monkeypatch.chdir(tmp_path)
    runner = doctest.DocTestRunner()
    for name in NAMES:
        for example in doctest.DocTestFinder(recurse=False).find(
            getattr(api, name), name, globs={"spinn2sim": spinn2sim}
        ):
            runner.run(example)

    for name in ("scenario", "results", "predictions", "figures", "report"):
        member = getattr(Run, name)
        for example in doctest.DocTestFinder(recurse=False).find(
            getattr(member, "func", getattr(member, "fget", member)), name, globs={"spinn2sim": spinn2sim}
        ):
            runner.run(example)

    assert runner.summarize(verbose=False).failed == 0
    assert runner.tries > len(NAMES)
