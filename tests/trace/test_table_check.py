"""A table of a run is refused in one line if it has other columns or values than the program writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from made_run import SCHEMA, make_run, rows
from spinn2sim.errors import DataError
from spinn2sim.report.run import open_run
from spinn2sim.trace.sql import Tables

TABLE = pa.Table.from_pylist(rows(), SCHEMA)
Change = Callable[[pa.Table], pa.Table]


def cast(name: str, kind: pa.DataType) -> Change:
    """Return a change that gives a column another type."""
    return lambda table: table.set_column(table.column_names.index(name), name, table[name].cast(kind))


def put(name: str, value: object, kind: pa.DataType | None = None) -> Change:
    """Return a change that sets the first value of a column."""

    def change(table: pa.Table) -> pa.Table:
        values = [value, *table[name].to_pylist()[1:]]
        return table.set_column(table.column_names.index(name), name, pa.array(values, kind or table[name].type))

    return change


REFUSED: list[tuple[Change, str]] = [
    (lambda table: table.drop_columns(["tick"]), "found no column tick"),
    (lambda table: table.append_column("tick", table["tick"]), "column tick: found twice"),
    (lambda table: table.append_column("colour", table["tick"]), "found a column 'colour'"),
    (cast("tick", pa.float64()), "column tick: found double"),
    (cast("tick", pa.string()), "column tick: found string"),
    (cast("sent_q", pa.timestamp("ns")), "column sent_q: found timestamp"),
    (lambda t: t.set_column(0, "seq", pa.array([[k] for k in range(len(t))])), "column seq: found list"),
    (lambda t: t.set_column(0, "seq", pa.array([{"a": k} for k in range(len(t))])), "column seq: found struct"),
    (put("tick", -2), "column tick: found -2, allowed are -1 to"),
    (put("dst_pe", 159), "column dst_pe: found 159, allowed are 0 to 158"),
    (put("seq", None), "column seq: found 1 nulls"),
    (put("sent_q", 1 << 62), "column sent_q: found 4611686018427387904"),
    (put("layer", 4099), "column layer: found 4099"),
    (put("kind", "gift", pa.string()), "column kind: found 'gift', allowed is spike or error or dma or guard or sum"),
    (put("kind", "x" * 9000, pa.string()), "column kind: found 'xxx"),
    (put("part", None), "column part: found 1 nulls"),
]  # fmt: skip


@pytest.mark.parametrize("statistics", [True, False])
@pytest.mark.parametrize(("change", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_what_no_run_writes_is_refused(tmp_path: Path, change: Change, said: str, statistics: bool) -> None:
    """Each way in which a table can be wrong is named with the column, whether or not the file has statistics of its values."""
    run = make_run(tmp_path / "run")
    made = TABLE.set_column(1, "kind", TABLE["kind"].cast(pa.string()))
    pq.write_table(change(made), run / "packets.parquet", write_statistics=statistics)
    with pytest.raises(DataError) as refused:
        Tables(run)
    assert str(refused.value).startswith(f"{run / 'packets.parquet'}: ")
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
    with pytest.raises(DataError):
        open_run(run).packets  # noqa: B018 - reading it is what is refused


@pytest.mark.parametrize("change", [
    cast("tick", pa.int64()), cast("kind", pa.string()), lambda table: table.select(table.column_names[::-1]),
], ids=["wider", "plain words", "order"])  # fmt: skip
def test_an_equal_table_in_other_types_is_read(tmp_path: Path, change: Change) -> None:
    """Wider integers, plain strings and another order of columns change no answer."""
    run = make_run(tmp_path / "run")
    asked = "SELECT kind, count(*) AS n, sum(tick) AS ticks FROM packets GROUP BY kind ORDER BY kind"
    before = Tables(run).rows(asked)
    pq.write_table(change(TABLE), run / "packets.parquet")
    assert Tables(run).rows(asked) == before


def test_a_table_without_rows_is_a_table(tmp_path: Path) -> None:
    """A run whose filters select nothing has a table that is read like any other."""
    run = make_run(tmp_path / "run")
    pq.write_table(TABLE.slice(0, 0), run / "packets.parquet")
    assert Tables(run).one("SELECT count(*) AS n FROM packets")["n"] == 0
