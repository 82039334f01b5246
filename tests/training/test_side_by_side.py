"""Batches of a test or validation part on several threads give what one thread gives, to the last byte."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import spinn2sim
from small_scenario import SMALL, SMALL_READOUT
from spinn2sim.hardware.engines.compiled import side_by_side
from spinn2sim.hardware.engines.compiled.chip import CompiledChip
from spinn2sim.hardware.packet import Part
from spinn2sim.scenario.load import load
from spinn2sim.training import played_chips
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.training.run_inputs import load_run_inputs
from spinn2sim.training.trainer import PartResult

SPLITS = {"data.test_samples": 90, "training.validation_samples": 50}
SCRATCH = ("neurons.fired", "neurons.v_slope", "inputs.neuron", "own.neuron", "own_v_slope")
TIMED = ("metrics.jsonl", "provenance.json", "summary.json", "manifest.json")  # they hold wall times


class Threads:
    """Sets how many threads there are, and notes which parts were played on several, and whether the copies' results were used."""

    def __init__(self) -> None:
        self.count = 1
        self.used: list[bool] = []


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[Threads]:
    """Copies of the chip are used however little there is to do, and are left most of it."""
    found, play, take_first = Threads(), side_by_side.SideBySide.play, side_by_side.Batches.take_first

    def patient(batches: side_by_side.Batches) -> tuple[int, int] | None:
        while not batches.failed and batches._end - batches.first > 2:
            time.sleep(0.0005)
        return take_first(batches)

    def noted(*arguments: Any) -> Any:
        result = play(*arguments)
        found.used.append(result is not None)
        return result

    monkeypatch.setattr(side_by_side.SideBySide, "play", noted)
    monkeypatch.setattr(side_by_side.Batches, "take_first", patient)
    monkeypatch.setattr(side_by_side, "WORTH_MAKING_S", 0.0)
    monkeypatch.setattr(side_by_side, "WORTH_USING_S", 0.0)
    monkeypatch.setattr(played_chips, "thread_count", lambda: found.count)
    return found


def plain(value: Any) -> Any:
    """Make what == compares, of a part's result."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tolist()
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return [plain(item) for item in value]
    return plain(vars(value)) if type(value).__name__ in ("PartResult", "Counters") else value


def memory(chip: OnChipTrainer) -> dict[str, list[Any]]:
    """What the programs hold, but for words that nothing reads before they are written again."""
    return {
        f"{program.name} {name}": array.tolist()
        for program in chip.programs
        for name, array in named_arrays(program.state, "")
        if name not in SCRATCH
    }


def named_arrays(state: Any, within: str) -> Iterator[tuple[str, Any]]:
    """Yield the arrays of a state by name."""
    for name, field in zip(state._fields, state, strict=True):
        if hasattr(field, "_fields"):
            yield from named_arrays(field, f"{within}{name}.")
        elif isinstance(field, np.ndarray):
            yield within + name, field


def trained(text: str, path: Path, keys: dict[str, Any]) -> tuple[list[PartResult], dict[str, list[Any]]]:
    """Train two epochs with validation and test parts on the chip. Returns all results, and what the programs hold then."""
    path.write_text(text)
    chip = OnChipTrainer(load_run_inputs(load(path, {**SPLITS, **keys})))
    parts = []
    for epoch in (1, 2):
        parts += [
            chip.train(epoch, np.arange(20)), chip.evaluate(epoch, part=Part.VALIDATION), chip.evaluate(epoch),
        ]  # fmt: skip
    return parts, memory(chip)


@pytest.mark.parametrize(
    ("text", "keys", "used"),
    [
        (SMALL, {}, [True] * 4),
        (SMALL_READOUT, {"numerics.rounding": "stochastic"}, [True] * 4),
        (SMALL, {"chip.fifo_capacity": 1}, [True] * 4),
        (SMALL, {"chip.tick_us": 3}, [True] * 4),  # overruns
        (SMALL, {"chip.tick_us": 2}, []),  # ticks are lost in the first batch
        (SMALL, {"faults.drop_rate": 0.02, "faults.table_flip_rate": 0.3}, []),
    ],
)
@pytest.mark.filterwarnings("ignore::spinn2sim.errors.DataWarning")
def test_threads_do_not_matter(
    threads: Threads, tmp_path: Path, text: str, keys: dict[str, Any], used: list[bool]
) -> None:
    """Answers, counters, first losses, times, cycles and weights are those of one thread, also with losses, overruns and faults."""
    one = trained(text, tmp_path / "one.toml", keys)
    for count in (2, 3):
        threads.count = count
        threads.used.clear()
        several = trained(text, tmp_path / "several.toml", keys)
        assert [plain(part) for part in several[0]] == [plain(part) for part in one[0]]
        assert several[1] == one[1]
        assert threads.used == used


@pytest.mark.parametrize("who", ["the chip", "a copy at once", "a copy later"])
def test_what_does_not_end_quiet_is_played_again(
    threads: Threads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    """If a stretch of a copy or of the chip does not end quiet, the chip goes on alone, in this part and in later ones."""
    one = trained(SMALL, tmp_path / "one.toml", {})
    asked: list[CompiledChip] = []

    def is_quiet(chip: CompiledChip) -> bool:
        asked.append(chip)
        if who == "the chip":
            return asked.count(asked[0]) == 1 or chip is not asked[0]
        return len(asked) <= (1 if who == "a copy at once" else 4)

    monkeypatch.setattr(CompiledChip, "is_quiet", is_quiet)
    threads.count = 2
    several = trained(SMALL, tmp_path / "several.toml", {})
    assert [plain(part) for part in several[0]] == [plain(part) for part in one[0]]
    assert threads.used == [False]


def test_files_are_those_of_one_thread(threads: Threads, tmp_path: Path) -> None:
    """A run with traced samples in its test parts has the same files, but for wall times; copies play what is not traced."""
    file = tmp_path / "small.toml"
    file.write_text(SMALL)
    found = []
    for threads.count in (1, 2):
        folder = tmp_path / str(threads.count)
        spinn2sim.run(file, folder, {**SPLITS, "trace.packets": "all", "trace.samples": [1, 30]})
        found.append({path.name: path.read_bytes() for path in folder.rglob("*.*") if path.name not in TIMED})
    assert found[0] == found[1]
    assert "packets.parquet" in found[0]
    assert threads.used == [True] * 6


def test_an_interrupt_stops_all_threads(threads: Threads, tmp_path: Path) -> None:
    """Ctrl-C while copies play ends the part soon, and the next part is right."""
    one = trained(SMALL, tmp_path / "one.toml", {})
    chip = OnChipTrainer(load_run_inputs(load(tmp_path / "one.toml", SPLITS)))
    chip.train(1, np.arange(20))
    threads.count = 2
    before = chip.state()

    def interrupt(done: int, batches: int) -> None:
        if done > 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        chip.evaluate(1, interrupt)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("chip")]
    chip.load_state(before)
    assert plain(chip.evaluate(1, part=Part.VALIDATION)) == plain(one[0][1])
