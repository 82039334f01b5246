"""A board of 48 chips with 1,056 copies, as the scenario yinyang-board has it."""

from __future__ import annotations

import pytest

import spinn2sim


@pytest.mark.slow
def test_forty_eight_chips_are_one_mirror() -> None:
    """A batch of 1,056 samples on 48 chips: every spike, gradient and weight is that of the mirror, and nothing is late or lost."""
    validation = spinn2sim.validate("yinyang-board", batches=1)
    assert validation.holds, (validation.differences[:2], validation.losses)
    assert validation.spikes > 10_000
