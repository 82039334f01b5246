"""The wheel has all that running needs: it is built, unpacked outside the checkout, and used by name."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from places import ROOT

LEFT_OUT = shutil.ignore_patterns(".*", "build", "runs", "tests", "docs", "*.egg-info", "__pycache__", "*.pyc")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the unpacked wheel of these sources."""
    sources, out = tmp_path_factory.mktemp("sources") / "tree", tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT, sources, ignore=LEFT_OUT)
    build = "from setuptools.build_meta import build_wheel; import sys; print(build_wheel(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", build, out], cwd=sources, check=True, capture_output=True)
    [wheel] = out.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(out / "site")
    return out / "site"


def in_python(installed: Path, folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Run Python outside the checkout with the unpacked wheel in front of what is installed."""
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_an_installed_package_finds_its_scenarios(installed: Path, tmp_path: Path) -> None:
    """Whoever installs the wheel has no checkout: names, data files and spaces must be in the package."""
    code = f"""
import spinn2sim
from spinn2sim.scenario.shipped import SPACE, find_shipped
assert spinn2sim.__file__.startswith({str(installed)!r})
print(spinn2sim.map("split").graph.sizes, spinn2sim.map("yinyang").graph.sizes, spinn2sim.map("recurrent").graph.sizes)
print(find_shipped("yinyang", SPACE).read_text()[:1])
try:
    spinn2sim.map("yingyang")
except ValueError as error:
    print(error)
"""
    done = in_python(installed, tmp_path, code)

    lines = done.stdout.splitlines()
    assert done.stderr == ""
    assert lines[0] == "(4, 20, 20, 3) (5, 120, 3) (70, 186, 10)"
    assert "a shipped scenario: yinyang, " in lines[-1]


@pytest.mark.slow
def test_no_file_of_the_package_stays_behind(installed: Path) -> None:
    """Whatever lies under the packages and under scenarios is in the wheel."""
    for folder, place in (
        ("scenarios", "spinn2sim/shipped_scenarios"),
        ("firmware_models", "firmware_models"),
        ("spinn2sim", "spinn2sim"),
    ):
        files = [path for path in (ROOT / folder).rglob("*") if path.is_file() and path.suffix not in (".md", ".pyc")]
        assert [path for path in files if not (installed / place / path.relative_to(ROOT / folder)).exists()] == []
