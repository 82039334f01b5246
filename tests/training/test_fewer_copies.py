"""Fewer copies on a chip with fewer PEs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import spinn2sim
from spinn2sim.errors import MappingError, MappingWarning

# 4 copies of 4 PEs each and 2 optimizer PEs need 18; with these dead, 14 are left, and 4 of them for system software.
DEAD = {"faults.dead_pes": list(range(1, 139))}


def test_too_few_pes_are_refused_with_how_many_copies_fit(small: Path) -> None:
    """Without being asked to, nothing changes the batch size; the refusal counts the PEs, and the copies that it names fit."""
    with pytest.raises(
        MappingError, match=r"the chip has 10 \(138 are dead, 0 cut off .*, 4 reserved\); at most about 2 copies"
    ):
        spinn2sim.map(small, DEAD)
    assert spinn2sim.map(small, {**DEAD, "training.copies": 2}).copies == 2


def test_fewer_copies_are_used_where_that_is_allowed(small: Path, tmp_path: Path) -> None:
    """The most copies that fit are used and said, by a run and by its scenario; the result is that of a whole chip with as many."""
    with pytest.warns(MappingWarning, match="training.copies: 4 do not fit .*, 2 are used"):
        run = spinn2sim.run(small, tmp_path / "run", {**DEAD, "faults.fewer_copies": True})
    whole = spinn2sim.run(small, tmp_path / "whole", {"training.copies": 2})
    assert run.summary["weights_sha256"] == whole.summary["weights_sha256"]
    assert "copies = 2" in (run.folder / "scenario.toml").read_text()
    assert json.loads((run.folder / "summary.json").read_text())["mapped_around"].startswith("138 dead PEs (1, 2, ")
    assert "mapped_around" not in whole.summary


def test_not_even_one_copy_is_refused(small: Path) -> None:
    """When no copy fits, the refusal is that of one copy."""
    with pytest.raises(MappingError, match="1 copies need 4 PEs"):
        spinn2sim.map(small, {"faults.dead_pes": list(range(1, 149)), "faults.fewer_copies": True})


def test_enough_pes_change_nothing(small: Path) -> None:
    """On a chip where all copies fit, allowing fewer has no effect and warns of nothing."""
    assert spinn2sim.map(small, {"faults.fewer_copies": True}).copies == 4
