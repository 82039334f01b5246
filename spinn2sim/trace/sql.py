"""The files of a run as tables for SQL. A query cannot read or write anything else.

A user's query runs in a DuckDB without access to files, which gets Arrow datasets: a DuckDB that may open the Parquet files could be made
to write files, too (it accepts `WITH x AS (COPY ...)` as a SELECT). For queries of this program it opens the files itself, which is three
times as fast.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import cached_property, partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from spinn2sim.errors import DataError, Spinn2simError
from spinn2sim.files.lacking_memory import refuse_if_memory_lacks
from spinn2sim.hardware.board.shape import Chip
from spinn2sim.trace import tables
from spinn2sim.trace.chip_of_run import folder_of_chip
from spinn2sim.trace.run_directory import METRICS as METRICS_FILE
from spinn2sim.trace.run_directory import need_run, read_metrics
from spinn2sim.trace.sql_limits import MEMORY, MOST_ROWS, interruptible, limit_process, memory_mb, most_seconds
from spinn2sim.trace.sql_seal import refuse_other_than_select
from spinn2sim.trace.sql_values import Row as Row
from spinn2sim.trace.sql_values import plain_rows
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
    "temp_directory": "",  # otherwise large queries would write into the working folder
    "max_temp_directory_size": "0KB",
}
# Every column is a key, so that a condition on any of them is pushed down to the scan. A spike with a payload is a readout's peak voltage.
SPIKES_SQL = """
    CREATE VIEW spikes AS
    SELECT seq, epoch, part, batch, sample, phase, tick, step, layer, neuron, src_pe, sent_q, count(*) AS deliveries
    FROM packets WHERE kind = 'spike' AND payload IS NULL GROUP BY ALL
"""
Parameters = Sequence[object] | Mapping[str, object]


class Tables:
    """The tables of a run directory that exist, by name: packets, ticks, channels, router, pes, faults, metrics, and the view spikes."""

    def __init__(self, folder: Path | str, chip: Chip | None = None) -> None:
        """`chip` is one of a board's chips, whose packets, wakes and counters are wanted; by default they are those of the first.

        Raises DataError if the folder is not a run, if it has no tables of the chip, or if one of its files cannot be read.
        """
        self.folder = need_run(folder)
        self.chip_folder = self.folder if chip is None else folder_of_chip(self.folder, chip)
        found = {
            table.name: files_of(self.chip_folder if table in tables.OF_CHIP else self.folder, table.name)
            for table in tables.ALL
        }
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
        import pyarrow as pa

        batches = list(self.batches(query, parameters, trusted) if trusted else self._bounded(query, parameters, None))
        return pa.Table.from_batches(batches[1:], batches[0].schema)

    def _bounded(self, query: str, parameters: Parameters, most_rows: int | None) -> Iterator[pa.RecordBatch]:
        """Yield the batches of a user's query. Raises DataError if the answer is too large to be kept in memory."""
        size = rows = 0
        with closing(self.batches(query, parameters)) as batches:
            for batch in batches:
                size, rows = size + batch.nbytes, rows + batch.num_rows
                if size > memory_mb() << 20:
                    raise DataError(
                        f"SQL: the answer takes more than {memory_mb()} MB, allowed is less; {MEMORY} sets another limit"
                    )
                if most_rows is not None and rows > most_rows:
                    raise DataError(
                        f"SQL: found more than {most_rows:,} rows, allowed are fewer; --csv FILE takes any number of them"
                    )
                yield batch

    def batches(
        self, query: str, parameters: Parameters = (), trusted: bool = False
    ) -> Generator[pa.RecordBatch, None, None]:
        """Run one SELECT and yield the answer in batches, for large answers. The first batch is empty and has the columns."""
        import pyarrow as pa

        if not query.isascii():
            _refuse_surrogates(query)
        with self._refusing():
            duck = self._with_files if trusted else self._without_files
            limit = None if trusted else most_seconds()
            begun = monotonic()

            def begin() -> pa.RecordBatchReader:
                if not trusted:
                    refuse_other_than_select(duck, query)
                return duck.sql(query, params=parameters or None).to_arrow_reader(BATCH_ROWS)

            reader = interruptible(duck, begin, limit)
            try:
                yield pa.RecordBatch.from_pylist([], reader.schema)
                following = partial(next, reader, None)
                while (batch := interruptible(duck, following, limit and limit + begun - monotonic())) is not None:
                    yield batch
            finally:
                reader.close()

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        import duckdb
        import pyarrow as pa

        try:
            yield
        except (MemoryError, duckdb.OutOfMemoryException):
            raise DataError(
                f"SQL: takes more memory than {memory_mb()} MB, allowed is less; {MEMORY} sets another limit"
            ) from None
        except duckdb.Error as error:
            text_alone = (
                duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException, duckdb.ConversionException,
                duckdb.InterruptException, duckdb.PermissionException,
            )  # fmt: skip
            if not isinstance(error, text_alone):
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
                refuse_if_memory_lacks(error)
                raise DataError(f"{path}: cannot be read, it is damaged ({one_line(error)})") from None

    def rows(self, query: str, parameters: Parameters = (), trusted: bool = False) -> list[Row]:
        """Run one SELECT and return the answer as dicts of plain Python values. Raises DataError as `sql` does."""
        import pyarrow as pa

        if trusted:
            return plain_rows(self.sql(query, parameters, trusted))
        batches = list(self._bounded(query, parameters, MOST_ROWS))
        return plain_rows(pa.Table.from_batches(batches[1:], batches[0].schema))

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
        duck = self._connect({}, {"memory_limit": f"{memory_mb()}MB"})
        duck.sql("SELECT count(*) FROM range(1_000_000)").fetchall()  # starts DuckDB's threads
        limit_process()
        return duck

    @cached_property
    def _with_files(self) -> duckdb.DuckDBPyConnection:
        files = {n: [str(f) for f in fs] for n, fs in self._files.items()}
        if any(sign in name for names in files.values() for name in names for sign in "*?["):
            return self._without_files  # DuckDB would take such a name for a pattern
        return self._connect(files)

    def _connect(self, files: Mapping[str, Sequence[str]], limits: Mapping[str, str] = {}) -> duckdb.DuckDBPyConnection:
        """Make a connection that opens `files` itself and gets the other tables from Arrow."""
        import duckdb

        duck = duckdb.connect(config={**CONFIG, **limits})
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


def _literals(texts: Iterable[str]) -> str:
    return ", ".join("'" + text.replace("'", "''") + "'" for text in texts)
