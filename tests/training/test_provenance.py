"""The provenance in a run directory: with which code, packages and machine the run was made."""

from __future__ import annotations

import json
from pathlib import Path

from spinn2sim.training.provenance import git_commit, now, provenance


def test_provenance_is_json_and_names_what_matters() -> None:
    """Version, packages, seed, machine and times are there, and all of it is JSON."""
    said = provenance(7, "run", now())

    assert json.loads(json.dumps(said)) == said
    assert said["seed"] == 7
    assert {"version", "git_commit", "packages", "machine", "start", "end"} <= said.keys()


def test_no_commit_outside_a_repository(tmp_path: Path) -> None:
    """The commit of code that git does not track is null, not that of another repository."""
    assert git_commit(tmp_path) is None
