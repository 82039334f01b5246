"""The benchmark command runs and leaves both files, and its comparison finds what got slower; no figure is looked at."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from benches.checkouts import NoCheckoutError, other_checkout
from benches.compare import Line, comparison
from benches.floor import Floor, Speeds, chip_floor, training_floor
from places import ROOT
from spinn2sim.graph import chain


@pytest.mark.slow
def test_quick_engines_writes_both_files(tmp_path: Path) -> None:
    """One command times both engines and says what they did, with counts that belong together."""
    command = [sys.executable, str(ROOT / "tools" / "bench.py"), "--smoke", "--only", "engines", "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((tmp_path / "benchmarks.json").read_text())
    lines = [line for line in found["lines"] if line["part"] == "engines"]
    assert {line["name"] for line in lines} == {
        f"{engine}, trace {packets}" for engine in ("compiled", "discrete_event") for packets in ("none", "all")
    }
    first = {line["name"]: line for line in lines if line["epoch"] == 1}
    compiled, traced = first["compiled, trace none"], first["compiled, trace all"]
    assert [compiled[k] for k in ("samples", "deliveries", "packets")] == [
        traced[k] for k in ("samples", "deliveries", "packets")
    ]
    assert all(line["wall"] > 0 and line["cpu"] > 0 and line["deliveries"] > line["samples"] for line in lines)
    page = (tmp_path / "benchmarks.md").read_text()
    assert "## Engines" in page
    assert "## Above the floor" in page
    assert not found["skipped"]


def test_unknown_part_is_refused() -> None:
    """A misspelt part must not give an empty page."""
    command = [sys.executable, str(ROOT / "tools" / "bench.py"), "--only", "engine"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "found engine, allowed is engines" in done.stderr


def compared(this: list[float], base: list[float], same: bool = True) -> Line:
    """A line with these CPU microseconds of laps, the first of them from a round of its own."""
    line = Line("mirror")
    for number, (a, b) in enumerate(zip(this, base, strict=True)):
        pair = (
            {"cpu": x, "count": 1_000_000, "unit": "sample", "work": [n]} for x, n in ((a, 1), (b, 1 if same else 2))
        )
        line.add(*pair, min(number, 1))
    return line


def test_slower_is_what_is_beyond_the_spread() -> None:
    """A tenth more in each pair is slower; the same between laps that differ by more, or in one disturbed lap, is not."""
    base = [1.0, 1.01, 0.99, 1.0, 1.02]
    assert compared([1.1 * x for x in base], base).verdict == "SLOWER"
    assert compared(base, [1.1 * x for x in base]).verdict == "faster"
    assert compared([1.0, 1.5, 0.99, 1.0, 1.02], base).verdict == "same"
    assert compared([1.4, 0.8, 1.5, 0.9, 1.1], base).verdict == "same"
    assert compared([1.2, 1.2], [1.0, 1.0], same=False).verdict == "SLOWER; simulates something else"
    text = comparison([compared([1.1 * x for x in base], base), compared(base, base)], "here", "there")
    assert text.endswith("Slower than their spread: mirror. Rounds: 2.")


def test_a_round_that_is_as_fast_acquits() -> None:
    """A process whose memory lies badly makes all laps of its round slow: the code has to be slow in every round."""
    assert compared([1.1, 1.1, 1.11], [1.0, 1.0, 1.0]).verdict == "SLOWER"
    line = compared([1.0, 1.1, 1.11], [1.0, 1.0, 1.0])
    assert line.of_rounds == [1.0, pytest.approx(1.105)]
    assert line.verdict == "same"
    assert compared([1.1], [1.0]).verdict == "no verdict from one round"


def test_a_line_that_one_checkout_lacks_has_no_figures() -> None:
    """An older checkout without a feature gives a reason in place of figures, and no verdict."""
    line = Line("dense")
    line.add({"cpu": 1.0, "count": 1, "unit": "sample", "work": []}, {"error": "ImportError: no such name"})
    assert line.verdict == "not in the base: ImportError: no such name"
    assert "| dense | - |" in comparison([line], "here", "there")


@pytest.mark.parametrize("base", ["no-such-revision", "--all", "tests", "x" * 300])
def test_a_base_that_is_no_checkout_is_refused(base: str) -> None:
    """A misspelt revision, an option and a folder of something else must not be taken for a checkout."""
    with pytest.raises(NoCheckoutError, match="allowed is"):
        other_checkout(ROOT, str(ROOT / base) if base == "tests" else base)


def test_quick_refuses_in_one_line() -> None:
    """Nothing is measured, and the exit status is 2, not that of a line that got slower."""
    command = [sys.executable, str(ROOT / "tools" / "bench.py"), "--quick", "no-such-revision"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert not done.stdout


def test_the_floor_of_a_chain_is_counted_by_hand() -> None:
    """2-3-1 with 5 steps: neurons, rows of spikes, gradients, dot products above the input alone, and Adam, each once."""
    scenario = SimpleNamespace(network=SimpleNamespace(steps=5))
    inputs = SimpleNamespace(graph=chain((2, 3, 1), False, 20.0, 5.0), scenario=scenario)
    found = training_floor(inputs, [8, 6, 1], samples=4, batch=2)
    neurons, into_hidden, into_output = 4 * 4 * (5 + 2), 2 * 3 * (1 + 2), 1.5 * 1 * (1 + 2 + 2)
    assert found.arithmetic == neurons + into_hidden + into_output + 12 * 9 / 2
    assert found.held == 9 * 8 * 4
    moved = {"samples": 4, "spikes": [8, 6, 1], "packet_hops": 40, "deliveries": 20, "wakes": 12}
    on_chip = chip_floor(inputs, moved, 2)
    assert on_chip.arithmetic == found.arithmetic + 9
    assert on_chip.chained == 4 * (40 + 20 + 12) / 4


def test_the_floor_is_the_longer_of_arithmetic_and_bytes() -> None:
    """Numbers that do not fit into a small memory move at the speed of the smallest one that holds them."""
    speeds = Speeds(1e9, 1e9, ((1000, 8e9), (100_000, 1e9)))
    assert speeds.seconds(Floor(1000, 500)) == (1.5e-6, "arithmetic")
    assert speeds.seconds(Floor(1000, 0, learned=4000, held=500)) == (1e-6, "arithmetic")
    assert speeds.seconds(Floor(1000, 0, learned=4000, held=5000)) == (4e-6, "bytes")
