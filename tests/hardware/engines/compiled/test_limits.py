"""Every limit of the compiled engine is checked, and each refusal names the engine that can play the plan."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

from scripted_programs import Send, at_start, build, spike, to
from spinn2sim.errors import ScenarioError
from spinn2sim.hardware.engines.compiled import Compiled, limits
from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.packet import Part
from spinn2sim.hardware.plan import Move, Slice, Transfer

INT32, INT64 = np.dtype(np.int32), np.dtype(np.int64)


@pytest.mark.parametrize(
    ("allowed", "refused", "says"),
    [
        (lambda: limits.check_groups([1, 2]), lambda: limits.check_groups([1, 2, 1]), "found PE 1 in two groups"),
        (lambda: limits.check_phase("LOAD", [0, 1]), lambda: limits.check_phase("LOAD", [0, 0]), "phase LOAD"),
        (lambda: limits.check_outboxes(1 << 19), lambda: limits.check_outboxes((1 << 19) + 1), "outboxes of 524289"),
        (lambda: limits.check_sends(1 << 19), lambda: limits.check_sends((1 << 19) + 1), "found 524289 sends"),
        (lambda: limits.check_packets(1 << 20), lambda: limits.check_packets((1 << 20) + 1), "found 1048577 packets"),
        (lambda: limits.check_wait(1 << 36), lambda: limits.check_wait((1 << 36) + 1), "waits for seconds"),
        (lambda: limits.check_routes(1, 0xFFFF), lambda: limits.check_routes(1, 1 << 16), "65536 stages"),
        (lambda: limits.check_routes(0xFFFFF, 1), lambda: limits.check_routes(1 << 20, 1), "1048576 segments"),
        (lambda: limits.check_flits("t0", 0xFFFFFF), lambda: limits.check_flits("t0", 1 << 24), "16777216 flits"),
        (lambda: limits.check_types("t0", {INT32}), lambda: limits.check_types("t0", {INT32, INT64}), "int32 and int64"),
        (lambda: limits.check_types("t0", {INT64}), lambda: limits.check_types("t0", set()), "DRAM and DRAM"),
        (
            lambda: limits.check_dram_type("t0", "store", INT32, INT32),
            lambda: limits.check_dram_type("t0", "store", INT32, INT64),
            "found types int32 and int64",
        ),
        (
            lambda: limits.check_dram_rows("store", np.zeros((2, 4), np.int64), INT64, 4),
            lambda: limits.check_dram_rows("store", np.zeros((2, 3), np.int64), INT64, 4),
            "at least 4 int64",
        ),
        (
            lambda: limits.check_dram_rows("store", np.zeros((0, 4), np.int64), INT64, 4),
            lambda: limits.check_dram_rows("store", np.zeros((4, 4), np.int64).T[::2], INT64, 2),
            "contiguous rows",
        ),
    ],
)  # fmt: skip
def test_each_limit_is_tight(allowed: Callable[[], None], refused: Callable[[], None], says: str) -> None:
    """What lies at the limit is played, what lies one above it is refused by name."""
    allowed()
    with pytest.raises(ScenarioError, match=rf"compiled engine: .*{says}.*; use --engine discrete_event"):
        refused()


def test_a_core_in_two_groups_is_refused() -> None:
    """The arrays have one row per core."""
    chip = build({1: at_start(Send(spike(1)))}, [to(spike(1), 2)])
    twice = dataclasses.replace(chip.plan, groups=chip.plan.groups * 2)
    with pytest.raises(ScenarioError, match=r"PE 1 in two groups.*--engine discrete_event"):
        Compiled(twice, [chip.program] * 2, {}, None).run_part(Part.TRAIN, 1, 1, 0)


def test_moves_between_types_are_refused() -> None:
    """It moves bytes, and converts nothing."""
    move = Move(Slice("dram", "store", 0, 0, 4), (Slice("pe", "words", 1, 0, 4),))
    read = Transfer(0, "t0", 0, False, 16, 1, 0, (2,), (move,))
    chip = build({1: at_start(Send(transfer=0))}, transfers=[read], dram={"store": np.zeros((1, 4), np.int32)})
    with pytest.raises(ScenarioError, match=r"store.*--engine discrete_event"):
        Compiled(chip.plan, [chip.program], chip.dram, None).run_part(Part.TRAIN, 1, 1, 0)


def test_a_send_long_after_its_wake_is_refused() -> None:
    """A send time is kept in 34 bits after the wake, which are 1.4 s: a second is always enough."""
    cycles = -(-at.SEND_DELAY_LIMIT // build({}, []).plan.core_quanta)
    chip = build({1: at_start(Send(spike(1), cycle=cycles))}, [to(spike(1), 2)], packets="off")
    with pytest.raises(ScenarioError, match=r"PE 1 sends at \d+ q.*--engine discrete_event"):
        Compiled(chip.plan, [chip.program], chip.dram, None).run_part(Part.TRAIN, 1, 1, 0)
