"""The fields of programs' states that the host reads or writes, which processes without common memory tell each other."""

from __future__ import annotations

from contextlib import suppress
from typing import NoReturn

import numpy as np
import pytest

from spinn2sim.hardware.engines.spread.state_messages import StateCopy, arrays_of
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.training.run_inputs import load_run_inputs
from spinn2sim.training.trained_chip import HOST_FIELDS


class PartBeginsError(Exception):
    """The host has done its work."""


def no_part(*_: object) -> NoReturn:
    """Stop where the chips would play."""
    raise PartBeginsError


@pytest.mark.parametrize("scenario", ["board-2", "yinyang-delays"])
def test_the_host_changes_no_other_field(scenario: str) -> None:
    """What the host writes from a checkpoint and before a part is among HOST_FIELDS: it would not arrive on other machines otherwise."""
    small = {"training.copies": 4, "data.train_samples": 8, "data.test_samples": 4}
    trainer = OnChipTrainer(load_run_inputs(scenario, small), engine="compiled")
    states = [program.state for chip in trainer.chips for program in chip.programs]
    names = {name for state in states for name, _ in arrays_of(state)}
    own, shared = StateCopy(states, frozenset(names - HOST_FIELDS)), StateCopy(states, HOST_FIELDS)
    own.changes()
    shared.changes()
    trainer.load_state({name: array + 1 for name, array in trainer.state().items()})
    trainer.player.run_part = no_part  # type: ignore[method-assign]
    with suppress(PartBeginsError):
        trainer.train(1, np.arange(8))
    assert shared.changes().places
    assert not own.changes().places
