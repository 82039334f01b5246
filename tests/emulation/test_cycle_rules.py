"""The cycle rules, on a few instructions each, and the counts of a wake."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_models.cost import PARTS
from firmwares.counts import count_wakes, errors
from firmwares.draws import Drawn, drawn_programs
from places import ROOT
from spinn2sim.emulation.cycle_rules import CycleRules, cycles_of, division_cycles, make_tables
from spinn2sim.emulation.instructions import Instruction, decode

# Machine code by what an assembler would be given.
LOAD_R0, LOAD_R2_BY_R1, LOAD_R2_BY_R0 = "0868", "0a68", "0268"  # ldr r0,[r1]; ldr r2,[r1]; ldr r2,[r0]
STORE, STORE_BY_REGISTER, ADD_R1, ADD_R3 = (
    "0860",
    "8850",
    "0131",
    "0133",
)  # str r0,[r1]; str r0,[r1,r2]; adds r1,#1; adds r3,#1
PUSH_4, LONG_MULTIPLY, MULTIPLY_ADD = "f0b5", "81fb0023", "52fb1123"  # push {r4-r7,lr}; smull r2,r3,r1,r0; smmlar
FLOAT_ADD, FLOAT_USE, FLOAT_DIVIDE, FLOAT_LATER = "30ee201a", "31ee212a", "80ee201a", "34ee242a"


def instructions(*code: str) -> list[Instruction]:
    """Decode hexadecimal machine code."""
    raw = bytes.fromhex("".join(code))
    return list(decode(raw, 0, [(0, len(raw))]).values())


@pytest.mark.parametrize(
    ("code", "cycles"),
    [
        ((LOAD_R0,), 2),
        ((LOAD_R0, LOAD_R2_BY_R1), 2 + 1),
        ((LOAD_R0, LOAD_R2_BY_R0), 2 + 2),
        ((STORE,), 1),
        ((STORE_BY_REGISTER,), 2),
        ((STORE, LOAD_R2_BY_R1), 1 + 2),
        ((ADD_R1, LOAD_R0), 1 + 2 + 1),
        ((ADD_R3, LOAD_R0), 1 + 2),
        ((PUSH_4,), 1 + 5),
        ((LONG_MULTIPLY, MULTIPLY_ADD), 2),
        ((FLOAT_ADD, FLOAT_USE), 1 + 1 + 1),
        ((FLOAT_ADD, FLOAT_LATER), 1 + 1),
        ((FLOAT_DIVIDE,), 14),
    ],
)
def test_instructions_take_the_manual_s_cycles(code: tuple[str, ...], cycles: int) -> None:
    """A sequence takes the cycles that the manual gives it: loads are pipelined unless an address waits for the one before."""
    found = instructions(*code)
    pairs = zip(found, [None, *found[:-1]], strict=True)
    assert sum(cycles_of(one, before, CycleRules()) for one, before in pairs) == cycles


def test_what_is_left_open_is_a_number() -> None:
    """A wait state costs one cycle for each word of data, and a branch to a 32-bit instruction off a word boundary one more."""
    rules = CycleRules(wait_states=1)
    assert [cycles_of(one, None, rules) for one in instructions(LOAD_R0, PUSH_4)] == [3, 11]
    code = decode(bytes.fromhex(ADD_R1 + LONG_MULTIPLY), 0, [(0, 6)])
    assert make_tables(code, 0, 6, CycleRules()).entered.tolist() == [0, 1, 0, 0]


@given(dividend=st.integers(0, 2**32 - 1), divisor=st.integers(0, 2**32 - 1))
def test_a_division_takes_2_to_12_cycles(dividend: int, divisor: int) -> None:
    """Whatever the operands are, a division stays within what the manual gives."""
    assert 2 <= division_cycles(dividend, divisor) <= 12


def test_counts_repeat_to_the_digit() -> None:
    """Cycles and instructions of each wake are whole numbers that a change of compiler, rules or C changes, and nothing else."""
    trainer = drawn_programs(Drawn(seed=1, hidden=(9,), steps=20))
    for program in trainer.programs:
        program.wakes = []
    part = trainer.train(1, np.arange(2))
    counts = {
        program.name: (
            len(program.wakes),
            sum(w.cycles for w in program.wakes),
            sum(w.instructions for w in program.wakes),
        )
        for program in trainer.programs
    }
    assert counts == {
        "input": (42, 2594, 1454),
        "lif1": (168, 61106, 37497),
        "lif2": (84, 38511, 24505),
        "loss": (44, 4903, 2744),
        "optimizer1": (6, 6606, 3753),
        "optimizer2": (3, 4177, 2420),
    }
    rows = part.cycles
    assert rows is not None
    is_function = np.char.endswith(rows["operation"].astype(str), "()")
    for name, (wakes, cycles, _) in counts.items():
        mine = rows["group"] == name
        assert rows["cycle_parts"][mine & is_function].sum() == PARTS * cycles
        assert rows["times"][mine & (rows["operation"] == "interrupt")].sum() == wakes


def test_the_costs_are_those_of_the_image() -> None:
    """The cycles that operations are charged are counted on the image beside them, and hold for networks that they never saw."""
    said = json.loads((ROOT / "firmware_models" / "image" / "costs.json").read_text())
    assert said["image"] == json.loads((ROOT / "firmware_models" / "image" / "provenance.json").read_text())["image"]
    costs = {key: float(one["cycles"] if isinstance(one, dict) else one) for key, one in said["cycles"].items()}
    found = errors(count_wakes(range(200, 202), ()), costs)["all"]
    assert found["median"] < 6
    assert abs(found["total"]) < 8
