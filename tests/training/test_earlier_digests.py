"""Runs of earlier versions, whose scenarios have fewer keys than today's."""

from __future__ import annotations

from pathlib import Path

from small_scenario import SMALL
from spinn2sim.scenario import load_text, resolved_toml
from spinn2sim.training.checkpoint import file_digest, scenario_digest


def test_the_digest_of_a_run_s_scenario_is_that_of_its_file(tmp_path: Path) -> None:
    """A checkpoint of an earlier version has the digest of a file with fewer keys, which today's scenario does not have any more."""
    changes = {"training.epochs": 7, "training.start_from": tmp_path / "w.npz"}
    scenario, file = load_text(SMALL, changes), tmp_path / "scenario.toml"
    file.write_text(resolved_toml(scenario))
    for paths in (False, True):
        assert file_digest(file, paths).tobytes() == scenario_digest(scenario, paths).tobytes()
    file.write_text(file.read_text().replace("tick_margin = 0.5\n", ""))
    assert file_digest(file).tobytes() != scenario_digest(scenario).tobytes()
