"""The files of a run as tables for SQL. A query cannot read or write anything else.

A user's query runs in a DuckDB without access to files, which gets Arrow datasets: a DuckDB that may open the Parquet files could be made
to write files, too (it accepts `WITH x AS (COPY ...)` as a SELECT). For queries of this program it opens the files itself, which is three
times as fast.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spinn2sim.errors import DataError, Spinn2simError
from spinn2sim.trace import tables
from spinn2sim.trace.run_directory import METRICS as METRICS_FILE
from spinn2sim.trace.run_directory import need_run, read_metrics
from spinn2sim.trace.table_check import refuse_unfit
from spinn2sim.trace.table_files import files_of

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa
    import pyarrow.dataset as ds

PACKETS, SPIKES, METRICS = tables.PACKETS.name, "spikes", "metrics"
BATCH_ROWS = 1 << 16
CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",  # otherwise a query could refer to this module's variables
}
# Every column is a key, so that a condition on any of them is pushed down to the scan. A spike with a payload is a readout's peak voltage.
SPIKES_SQL = """
    CREATE VIEW spikes AS
    SELECT seq, epoch, part, batch, sample, phase, tick, step, layer, neuron, src_pe, sent_q, count(*) AS deliveries
    FROM packets WHERE kind = 'spike' AND payload IS NULL GROUP BY ALL
"""
Parameters = Sequence[object] | Mapping[str, object]
Row = dict[str, Any]


class Tables:
    """The tables of a run directory that exist, by name: packets, ticks, channels, router, pes, metrics, and the view spikes."""

    def __init__(self, folder: Path | str) -> None:
        """Raises DataError if the folder is not a run, or if one of its files cannot be read."""
        self.folder = need_run(folder)
        found = {table.name: files_of(self.folder, table.name) for table in tables.ALL}
        self._files = {name: files for name, files in found.items() if files}
        self._data: dict[str, object] = {
            table.name: open_dataset(self._files[table.name], table)
            for table in tables.ALL
            if table.name in self._files
        }
        lines = read_metrics(self.folder)
        if lines:
            self._data[METRICS] = metrics_table(lines)
        self.names = (*self._data, *((SPIKES,) if PACKETS in self._data else ()))

    def sql(self, query: str, parameters: Parameters = (), trusted: bool = False) -> pa.Table:
        """Run one SELECT and return the answer. Raises DataError, in one line, for anything else.

        `trusted` says that no part of the query's text comes from a user.
        """
        with self._refusing():
            return self._relation(query, parameters, trusted).to_arrow_table()

    def batches(self, query: str, parameters: Parameters = (), trusted: bool = False) -> Iterator[pa.RecordBatch]:
        """Run one SELECT and yield the answer in batches, for large answers. The first batch is empty and has the columns."""
        import pyarrow as pa

        with self._refusing():
            reader = self._relation(query, parameters, trusted).to_arrow_reader(BATCH_ROWS)
            yield pa.RecordBatch.from_pylist([], reader.schema)
            yield from reader

    def _relation(self, query: str, parameters: Parameters, trusted: bool) -> duckdb.DuckDBPyRelation:
        import duckdb

        if not query.isascii():
            _refuse_surrogates(query)
        duck = self._with_files if trusted else self._without_files
        statements = duck.extract_statements(query)
        if len(statements) != 1 or statements[0].type is not duckdb.StatementType.SELECT:
            raise DataError("SQL: found something else than one SELECT, allowed is one SELECT")
        return duck.sql(query, params=parameters or None)

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        import duckdb
        import pyarrow as pa

        try:
            yield
        except duckdb.Error as error:
            if not isinstance(error, duckdb.ParserException | duckdb.BinderException | duckdb.CatalogException):
                self._refuse_damaged_files()
            raise DataError(f"SQL: {one_line(error)}; tables: {', '.join(self.names) or 'none'}") from None
        except (pa.ArrowException, OSError) as error:
            if isinstance(error, Spinn2simError):
                raise
            self._refuse_damaged_files()
            raise DataError(f"{self.folder}: cannot be read: {one_line(error)}") from None

    def _refuse_damaged_files(self) -> None:
        """Raise DataError for the first file whose footer can be read and whose pages cannot."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        for path in (path for files in self._files.values() for path in files):
            try:
                with pq.ParquetFile(path, page_checksum_verification=True) as file:
                    for _ in file.iter_batches():
                        pass
            except (OSError, pa.ArrowException) as error:
                raise DataError(f"{path}: cannot be read, it is damaged ({one_line(error)})") from None

    def rows(self, query: str, parameters: Parameters = (), trusted: bool = False) -> list[Row]:
        """Run one SELECT and return the answer as dicts of plain Python values. Raises DataError as `sql` does."""
        found = self.sql(query, parameters, trusted).to_pylist()
        return [{name: _python_value(value) for name, value in row.items()} for row in found]

    def one(self, query: str, parameters: Parameters = (), trusted: bool = False) -> Row:
        """Run a query whose answer has exactly one row, and return that row."""
        return self.rows(query, parameters, trusted)[0]

    def columns(self, name: str) -> list[str]:
        """Return the names of a table's columns. Raises DataError unless the run has the table."""
        self.need(name)
        return [str(column) for column in self.sql(f"DESCRIBE {name}", trusted=True)["column_name"].to_pylist()]

    def need_columns(self, name: str) -> None:
        """Raise DataError unless the run has that table, with all of its columns."""
        missing = [
            column
            for table in tables.ALL
            if table.name == name
            for column in table.columns
            if column not in self.columns(name)
        ]
        if missing:
            raise DataError(f"{self.folder}: table {name}: found no column {missing[0]}")

    def need(self, name: str) -> None:
        """Raise DataError unless the run has that table."""
        if name not in self.names:
            why = ""
            if name in (PACKETS, SPIKES, "ticks"):
                why = "; spinn2sim run writes it when trace.packets is 'all' or 'window'"
                why += "" if "pes" in self.names else " (train moves no packets)"
            raise DataError(f"{self.folder}: found no table {name}, there are {', '.join(self.names) or 'none'}{why}")

    @cached_property
    def _without_files(self) -> duckdb.DuckDBPyConnection:
        return self._connect({})

    @cached_property
    def _with_files(self) -> duckdb.DuckDBPyConnection:
        files = {n: [str(f) for f in fs] for n, fs in self._files.items()}
        if any(sign in name for names in files.values() for name in names for sign in "*?["):
            return self._without_files  # DuckDB would take such a name for a pattern
        return self._connect(files)

    def _connect(self, files: Mapping[str, Sequence[str]]) -> duckdb.DuckDBPyConnection:
        """Make a connection that opens `files` itself and gets the other tables from Arrow."""
        import duckdb

        duck = duckdb.connect(config=CONFIG)
        duck.execute(f"SET allowed_paths = [{_literals(f for names in files.values() for f in names)}]")
        duck.execute("SET enable_external_access = false")
        duck.execute("SET enable_progress_bar = false")
        for name, data in self._data.items():
            if name in files:
                duck.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet([{_literals(files[name])}])")
            else:
                duck.register(name, data)
        if PACKETS in self._data:
            duck.execute(SPIKES_SQL)
        duck.execute("SET lock_configuration = true")
        return duck


def open_dataset(files: Sequence[Path], table: tables.Table) -> ds.Dataset:
    """Open the files of a table as one dataset, in their order. Raises DataError for a file that cannot be read or is not of the table."""
    import pyarrow.dataset as ds

    for path in files:
        refuse_unfit(path, table)
    checked = ds.ParquetFileFormat(
        default_fragment_scan_options=ds.ParquetFragmentScanOptions(page_checksum_verification=True)
    )
    return ds.dataset([str(path) for path in files], format=checked)


def metrics_table(lines: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Convert the metrics to a table with a row for each epoch; an object becomes a struct, as in `packets.train.spike`."""
    import pyarrow as pa

    names = dict.fromkeys(name for line in lines for name in line)
    try:
        return pa.table({name: pa.array([line.get(name) for line in lines]) for name in names})
    except pa.ArrowException as error:
        raise DataError(f"{METRICS_FILE}: cannot be a table: {one_line(error)}") from None


def _refuse_surrogates(query: str) -> None:
    """Raise DataError for a query with bytes that were no UTF-8 on the command line, which DuckDB cannot take."""
    try:
        query.encode()
    except UnicodeEncodeError as error:
        raise DataError(f"SQL: found no UTF-8 (character {error.start}), allowed is one SELECT") from None


def one_line(error: Exception) -> str:
    """Return the message of an error without line breaks, up to where it quotes the query."""
    text = str(error).split("\n\nLINE ")[0].split("\nLINE ")[0]
    return " ".join(text.split())


def _python_value(value: object) -> object:
    """Convert a value to a plain Python number, since DuckDB returns sums of integers as decimals."""
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    return value


def _literals(texts: Iterable[str]) -> str:
    return ", ".join("'" + text.replace("'", "''") + "'" for text in texts)
