"""CSV files: they read back, they have a heading, and they are whole or not there."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from spinn2sim.errors import DataError
from spinn2sim.trace.csv_export import write_csv
from spinn2sim.trace.sql import Tables


def test_csv_reads_back(run: Path, tmp_path: Path) -> None:
    """Every row is there, with an empty field where there was no payload."""
    query = "SELECT seq, payload, outcome FROM packets ORDER BY seq, dst_pe"
    assert write_csv(Tables(run).batches(query), tmp_path / "out.csv") == 13
    with (tmp_path / "out.csv").open(newline="") as file:
        lines = list(csv.reader(file))
    assert lines[0] == ["seq", "payload", "outcome"]
    assert lines[1] == ["1", "", "on_time"]
    assert lines[-3] == ["21", "-7", "on_time"]


def test_csv_of_nothing_has_its_heading(run: Path, tmp_path: Path) -> None:
    """An empty answer is a heading, not an empty file."""
    assert write_csv(Tables(run).batches("SELECT seq FROM packets WHERE false"), tmp_path / "out.csv") == 0
    assert (tmp_path / "out.csv").read_text() == '"seq"\n'


def test_csv_is_whole_or_not_there(run: Path, tmp_path: Path) -> None:
    """A column that a CSV has no place for is refused in one line, and no half file stays."""
    with pytest.raises(DataError, match="allowed are columns of numbers and texts"):
        write_csv(Tables(run).batches("SELECT packets FROM metrics"), tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()
