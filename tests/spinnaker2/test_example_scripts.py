"""Scripts written for py-spinnaker2 run unchanged, and compute what they are for."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from places import ROOT
from spinn2sim.spinnaker2.alias import run_script

SCRIPTS = ROOT / "tests" / "fixtures" / "spinnaker2" / "scripts"


def output(capsys: pytest.CaptureFixture[str], name: str, *arguments: str) -> str:
    """Run a script and return what it prints."""
    assert run_script(SCRIPTS / name, arguments) == 0
    return capsys.readouterr().out.strip()


def test_a_volley_travels(capsys: pytest.CaptureFixture[str]) -> None:
    """In a synfire chain each group fires as one, 8 ticks of delay and the neuron's own after the group before."""
    volleys = eval(output(capsys, "synfire_chain.py"))  # noqa: S307 - a list of numbers
    first = [ticks[0] for ticks in volleys]
    assert all(later - earlier >= 8 for earlier, later in pairwise(first[:-1]))
    assert all(len(ticks) >= 2 for ticks in volleys)


def test_the_stronger_input_stays(capsys: pytest.CaptureFixture[str]) -> None:
    """In a field of inhibition the stronger input has more spikes than its share."""
    strong, weak = map(int, output(capsys, "field_of_inhibition.py").split())
    assert strong > 1.5 * weak > 0 or (strong > 0 and weak == 0)


def test_a_pattern_is_completed(capsys: pytest.CaptureFixture[str]) -> None:
    """A Hopfield network fires with the whole pattern after it saw half of it."""
    assert output(capsys, "hopfield.py") == "True"


def test_samples_on_chip_and_mirror(capsys: pytest.CaptureFixture[str]) -> None:
    """A loop over samples gives the same answers on the chip and with the Brian2 backend, and not one answer for all."""
    on_chip = output(capsys, "samples.py")
    assert on_chip == output(capsys, "samples.py", "brian2")
    assert len(set(eval(on_chip))) > 1  # noqa: S307 - a list of numbers


def test_bars_of_events(capsys: pytest.CaptureFixture[str]) -> None:
    """A convolutional NIR graph answers lying or upright for bars of events; off the chip it answers the same."""
    pytest.importorskip("nir")
    counts = eval(output(capsys, "bars.py"))  # noqa: S307 - a list of numbers
    assert [lying > upright for upright, lying in counts] == [False, True, True, False]
    assert [max(pair) > 2 for pair in counts] == [True] * 4
    strict = eval(output(capsys, "bars.py", "brian2"))  # noqa: S307 - a list of numbers
    assert [lying > upright for upright, lying in strict] == [False, True, True, False]


def test_chip_and_backend_part_at_the_threshold(capsys: pytest.CaptureFixture[str]) -> None:
    """A neuron whose voltage is its threshold fires on the chip and not with the Brian2 backend; one above it fires with both."""
    (chip, after), (backend, stays) = eval(output(capsys, "brian2_backend.py"))  # noqa: S307 - dicts and numbers
    assert chip == {0: [2, 5, 10], 1: [3, 6, 11]}
    assert backend == {0: [5], 1: [3, 6, 11]}
    assert (after, stays) == (0, 10)


def test_without_the_command(tmp_path: Path) -> None:
    """With the folder shim on PYTHONPATH, Python itself runs a script."""
    path = os.pathsep.join([str(ROOT / "shim"), str(ROOT)])
    done = subprocess.run(
        [sys.executable, str(SCRIPTS / "two_inputs.py")],
        capture_output=True, text=True, check=False, cwd=tmp_path, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert done.stdout == "[] {0: [11], 1: [2, 6, 10], 2: []}\n", done.stderr
