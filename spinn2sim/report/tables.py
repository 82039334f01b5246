"""A run's files as tables for SQL; it never reads or writes anything beside them, whatever a query says.

DuckDB is given Arrow datasets and no access to files of its own: were it to open the Parquet files itself, a query could also
write them (`WITH x AS (COPY ...)` is a SELECT to it).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spinn2sim.spec.errors import DataError
from spinn2sim.trace import rundir

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa
    import pyarrow.dataset as ds

SCENARIO = "scenario.toml"  # what makes a folder a run
PACKETS, SPIKES, METRICS = "packets", "spikes", "metrics"
CAPTURED = (PACKETS, "ticks", "channels", "router", "pes")
CONFIG = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",  # else a query could name this module's variables
}
# Every column is a key, so that a condition on any of them reaches the scan.
SPIKES_SQL = """
    CREATE VIEW spikes AS
    SELECT seq, epoch, part, batch, sample, phase, tick, step, layer, neuron, src_pe, sent_q, count(*) AS deliveries
    FROM packets WHERE kind = 'spike' GROUP BY ALL
"""
Parameters = Sequence[object] | Mapping[str, object]
Row = dict[str, Any]


class Tables:
    """What a run directory holds, by name: packets, ticks, channels, router, pes, metrics, and the view spikes; those that exist."""

    def __init__(self, folder: Path | str) -> None:
        """Raises DataError where there is no run, or where a file of it cannot be read."""
        import duckdb

        self.folder = Path(folder)
        if not (self.folder / SCENARIO).is_file():
            raise DataError(f"{folder}: found no {SCENARIO} in it, allowed is a run directory")
        self.names: tuple[str, ...] = ()
        self._duck = duckdb.connect(config=CONFIG)
        for name in CAPTURED:
            files = files_of(self.folder, name)
            if files:
                self._add(name, open_dataset(files))
        if PACKETS in self.names:
            self._duck.execute(SPIKES_SQL)
            self.names = (*self.names, SPIKES)
        lines = rundir.read_metrics(self.folder)
        if lines:
            self._add(METRICS, metrics_table(lines))
        self._duck.execute("SET lock_configuration = true")

    def _add(self, name: str, data: object) -> None:
        self._duck.register(name, data)
        self.names = (*self.names, name)

    def sql(self, query: str, parameters: Parameters = ()) -> pa.Table:
        """The answer to one SELECT. Raises DataError, in one line, for anything else."""
        import duckdb
        import pyarrow as pa

        try:
            statements = self._duck.extract_statements(query)
            if len(statements) != 1 or statements[0].type is not duckdb.StatementType.SELECT:
                raise DataError("SQL: found something else than one SELECT, allowed is one SELECT")
            return self._duck.sql(query, params=parameters or None).to_arrow_table()
        except duckdb.Error as error:
            raise DataError(f"SQL: {one_line(error)}; tables: {', '.join(self.names) or 'none'}") from None
        except (pa.ArrowException, OSError) as error:
            raise DataError(f"{self.folder}: cannot be read: {one_line(error)}") from None

    def rows(self, query: str, parameters: Parameters = ()) -> list[Row]:
        """The same as dicts of plain Python values. Raises DataError as `sql` does."""
        return [{name: _plain(value) for name, value in row.items()} for row in self.sql(query, parameters).to_pylist()]

    def one(self, query: str, parameters: Parameters = ()) -> Row:
        """The first row, for questions that have exactly one."""
        return self.rows(query, parameters)[0]

    def need(self, name: str) -> None:
        """Raises DataError unless the run has that table."""
        if name not in self.names:
            why = "; a run writes it when trace.packets is 'all' or 'window'" if name in (PACKETS, "ticks") else ""
            raise DataError(f"{self.folder}: found no table {name}, there are {', '.join(self.names) or 'none'}{why}")


def files_of(folder: Path, name: str) -> list[Path]:
    """The files of a table: NAME.parquet, or while a run is not over the parts under NAME/; none if it was not captured."""
    whole = folder / f"{name}.parquet"
    return [whole] if whole.exists() else sorted((folder / name).glob("part-*.parquet"))


def open_dataset(files: Sequence[Path]) -> ds.Dataset:
    """Parquet files of one schema as one dataset, in their order. Raises DataError, which names the file that cannot be read."""
    import pyarrow as pa
    import pyarrow.dataset as ds
    import pyarrow.parquet as pq

    for path in files:
        try:
            pq.read_metadata(path)
        except (OSError, pa.ArrowException) as error:
            raise DataError(f"{path}: cannot be read, is it truncated? ({one_line(error)})") from None
    return ds.dataset([str(path) for path in files], format="parquet")


def metrics_table(lines: Sequence[Mapping[str, Any]]) -> pa.Table:
    """metrics.jsonl, a row per epoch; what is an object there is a struct here: `packets.train.spike`."""
    import pyarrow as pa

    names = dict.fromkeys(name for line in lines for name in line)
    try:
        return pa.table({name: pa.array([line.get(name) for line in lines]) for name in names})
    except pa.ArrowException as error:
        raise DataError(f"{rundir.METRICS}: cannot be a table: {one_line(error)}") from None


def one_line(error: Exception) -> str:
    """What an error says, before it quotes the query, without line breaks."""
    text = str(error).split("\n\nLINE ")[0].split("\nLINE ")[0]
    return " ".join(text.split())


def _plain(value: object) -> object:
    """Sums of integers come as decimals."""
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    return value
