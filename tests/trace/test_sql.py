"""The tables of a run directory: what there is, what is refused, and that a query touches nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from spinn2sim.errors import DataError
from spinn2sim.trace.sql import Tables

REFUSED = (
    ("selec", "syntax error"),
    ("SELECT nothing FROM packets", "nothing"),
    ("SELECT * FROM ticks", "tables: packets, metrics, spikes"),
    ("SELECT 1; SELECT 2", "one SELECT"),
    ("", "one SELECT"),
    ("DROP VIEW spikes", "one SELECT"),
    ("SET enable_external_access = true", "one SELECT"),
    ("SELECT * FROM read_text('{run}/scenario.toml')", "Permission"),
    ("SELECT * FROM '{run}/packets.parquet'", "Permission"),
    ("COPY (SELECT 1) TO '{run}/packets.parquet'", "one SELECT"),
    ("WITH x AS (COPY (SELECT 1) TO '{run}/packets.parquet' (USE_TMP_FILE false)) SELECT * FROM x", "Error"),
    ("SELECT * FROM rundir", "Catalog"),
)


def test_names_are_what_the_run_has(run: Path) -> None:
    """A table that was not captured is absent, not empty."""
    assert Tables(run).names == ("packets", "metrics", "spikes")


def test_a_spike_is_a_packet(run: Path) -> None:
    """A spike that goes to two PEs is one row of `spikes` with two deliveries."""
    assert Tables(run).rows("SELECT seq, neuron, deliveries FROM spikes ORDER BY seq LIMIT 2") == [
        {"seq": 10, "neuron": 0, "deliveries": 2},
        {"seq": 11, "neuron": 1, "deliveries": 1},
    ]


def test_metrics_have_their_objects_as_structs(run: Path) -> None:
    """A query reaches into the counts of metrics.jsonl, which are absent for the train part of epoch 0."""
    rows = Tables(run).rows("SELECT epoch, packets.train.spike AS spikes FROM metrics ORDER BY epoch")
    assert rows == [{"epoch": 0, "spikes": None}, {"epoch": 1, "spikes": 5}]


@pytest.mark.parametrize(("query", "said"), REFUSED)
def test_refused_in_one_line_and_nothing_touched(run: Path, query: str, said: str) -> None:
    """A query that errs, or reaches for a file, is refused in one line and leaves the run's files as they were."""
    before = {path: path.read_bytes() for path in run.iterdir()}
    with pytest.raises(DataError) as refusal:
        Tables(run).sql(query.format(run=run))
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert {path: path.read_bytes() for path in run.iterdir()} == before


def test_a_truncated_file_is_named(run: Path) -> None:
    """Half a Parquet file is refused by its name before any question is asked."""
    path = run / "packets.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match=r"packets\.parquet: cannot be read"):
        Tables(run)


def test_a_damaged_page_is_one_line(run: Path) -> None:
    """A file whose end is whole and whose pages are not is refused when they are read."""
    path = run / "packets.parquet"
    data = bytearray(path.read_bytes())
    data[4 : len(data) // 3] = b"\xff" * (len(data) // 3 - 4)
    path.write_bytes(bytes(data))
    with pytest.raises(DataError) as refusal:
        Tables(run).rows("SELECT * FROM packets")
    assert "\n" not in str(refusal.value)


def test_parts_of_an_unfinished_run_are_read(run: Path) -> None:
    """Before the parts are joined, the parts are the table."""
    (run / "packets").mkdir()
    (run / "packets.parquet").rename(run / "packets" / "part-000001-0.parquet")
    assert Tables(run).one("SELECT count(*) AS n FROM packets")["n"] == 13


def test_no_run(tmp_path: Path) -> None:
    """A folder without scenario.toml is no run."""
    with pytest.raises(DataError, match=r"found no scenario\.toml"):
        Tables(tmp_path)
