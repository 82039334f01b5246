"""The engine "emulated": runs whose programs are the firmware in C, with counted cycles, and what it refuses."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import spinn2sim
from firmware_models.cost import PARTS
from small_scenario import SMALL
from spinn2sim.cli.summary_text import finish
from spinn2sim.errors import ScenarioError
from spinn2sim.hardware.packet import Kind
from spinn2sim.scenario.cycle_keys import CycleCosts
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.training.run_inputs import RunInputs
from tiny_networks import packed, tiny_samples, tiny_scenario, tiny_weights


def chip(engine: str, changes: dict[str, Any] | None = None) -> OnChipTrainer:
    """A 4-6-6-3 network on a chip that an engine plays, with ticks that are long enough for counted cycles."""
    costs = CycleCosts(adam_word=400, reduce_word=40, clear_word=10)
    scenario = tiny_scenario({"chip.tick_us": 100.0, "chip.cycles": costs, **(changes or {})})
    data = tiny_samples(6)
    return OnChipTrainer(RunInputs(scenario, data, data, tiny_weights((4, 6, 6, 3))), engine=engine)


def test_the_firmware_learns_the_same_weights() -> None:
    """Two epochs on Arm code end with the weights, bit for bit, that numba ends with; the cycles are others, and all in the table."""
    order = np.arange(6)
    ends = []
    for engine in ("compiled", "emulated"):
        trainer = chip(engine)
        parts = [trainer.train(epoch, order) for epoch in (1, 2)] + [trainer.evaluate(2)]
        counters = [part.counters for part in parts]
        for part in parts:
            assert part.cycles is not None
            assert part.counters is not None
            assert part.cycles["cycle_parts"].sum() == PARTS * part.counters.busy_cycles.sum()
        assert all(one is not None and one.overruns.sum() == 0 for one in counters)
        ends.append((packed(trainer.weights), sum(int(one.busy_cycles.sum()) for one in counters if one is not None)))
    assert ends[0][0] == ends[1][0]
    assert ends[0][1] != ends[1][1]


def test_what_the_firmware_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that has no C is refused by its name before anything runs, in one line."""
    monkeypatch.setattr("spinn2sim.emulation.bindings.binding_of", lambda state: None)
    with pytest.raises(ScenarioError) as refusal:
        chip("emulated")
    assert "input (a program without C)" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra the refusal says which package is missing and which extra has it."""
    for name in [one for one in sys.modules if one.startswith(("spinn2sim.emulation", "unicorn"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "unicorn", None)
    with pytest.raises(ScenarioError, match=r'unicorn is not installed; the extra "emulation"'):
        chip("emulated")


def test_a_run_stays_with_the_cycles_that_it_was_begun_with(tmp_path: Path) -> None:
    """An emulated run goes on emulated, whatever engine is named, as if it had never stopped; no other run becomes one."""
    scenario = tmp_path / "small.toml"
    scenario.write_text(SMALL)
    short, other = {"training.epochs": 1}, {"training.epochs": 2}
    stopped = spinn2sim.run(scenario, tmp_path / "stopped", short, engine="emulated")
    whole = spinn2sim.run(scenario, tmp_path / "whole", other, engine="emulated")
    resumed = spinn2sim.resume(stopped.folder, overrides=other)
    for name in ("packets", "overruns", "energy_by_state_j", "train_chip_s"):
        assert resumed.summary["totals"][name] == whole.summary["totals"][name]
    assumed = spinn2sim.run(scenario, tmp_path / "assumed", short)
    with pytest.raises(ScenarioError, match="assumed cycles: found 'emulated', allowed is 'compiled'"):
        spinn2sim.resume(assumed.folder, engine="emulated", overrides=other)


@pytest.mark.parametrize(
    ("engine", "said"), [("compiled", "rest on the cycle costs"), ("emulated", "cycles counted in the firmware")]
)
def test_the_last_lines_say_which_cycles_were_taken(
    engine: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Time and energy of a run on the emulated core are not said to rest on assumed costs alone."""
    (tmp_path / "small.toml").write_text(SMALL)
    run = spinn2sim.run(tmp_path / "small.toml", tmp_path / "run", overrides={"training.epochs": 1}, engine=engine)
    with pytest.raises(SystemExit) as ended:
        finish(run, as_json=False)
    assert ended.value.code == 0
    assert said in capsys.readouterr().out


def test_what_no_instruction_shows_is_added_by_its_keys() -> None:
    """Interrupts, registers over the bus and conflicts at banks take on the emulated core what [chip.cycles] says."""
    order, busy = np.arange(6), []
    for keys in (
        {"interrupt": 24.0},
        {"interrupt": 30.0},
        {"interrupt": 24.0, "bank_conflict": 5.0},
        {"interrupt": 24.0, "register": 7.0},
    ):
        costs = CycleCosts(adam_word=400, reduce_word=40, clear_word=10, register=0, bank_conflict=0, accelerator_bus=0)
        trainer = chip("emulated", {"chip.cycles": replace(costs, **keys)})
        counters = trainer.train(1, order).counters
        assert counters is not None
        busy.append(int(counters.busy_cycles.sum()))
        wakes, packets = int(counters.wakes.sum()), int(counters.outcomes[: len(Kind)].sum())
    plain, interrupted, conflicts, registers = busy
    assert interrupted - plain == 6 * wakes
    assert 0 < conflicts - plain <= 5 * packets
    assert registers - plain > 7 * 4 * wakes
