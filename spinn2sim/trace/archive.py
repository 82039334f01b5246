"""A table of a run on disk: a Parquet file per part, joined into one; it never leaves half a file under its name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spinn2sim.errors import OutputError
from spinn2sim.hardware.packet import Part
from spinn2sim.trace.columns import Columns
from spinn2sim.trace.late import with_late
from spinn2sim.trace.reorder_buffer import BLOCK_ROWS
from spinn2sim.trace.tables import Table, schema, to_arrow

if TYPE_CHECKING:
    import pyarrow as pa

AGAIN = "start the run again in another folder"
HALF = ".tmp"  # behind the name of a file that is being written


class TableArchive:
    """`folder`/part-EEEEEE-P.parquet for each part (0: train, 1: test, 2: validation), then one file beside the folder."""

    def __init__(self, table: Table, folder: Path) -> None:
        self.table, self.folder = table, folder

    def open_part(self, epoch: int, part: Part) -> PartFile:
        """A part's file, to be written block by block. Raises OutputError when it cannot be."""
        return PartFile(self.table, self._path(epoch, part))

    def write_part(self, epoch: int, part: Part, columns: Columns) -> Path:
        """Write (or write again) one part's rows; raises OutputError, in one line, when that fails."""
        file = self.open_part(epoch, part)
        file.write(columns)
        return file.close()

    def parts(self) -> list[Path]:
        """Part files, in the order of the run."""
        return sorted(self.folder.glob("part-*.parquet"))

    def drop_after(self, epoch: int) -> None:
        """Forget parts of later epochs, and halves of parts: a resumed run makes them again."""
        for path in self.parts():
            if int(path.stem.split("-")[1]) > epoch:
                path.unlink()
        for path in self.folder.glob(f"part-*{HALF}"):
            path.unlink()

    def join(self, target: Path) -> None:
        """All parts in one file. The parts stay: a resumed run goes on with them. Raises OutputError, for a damaged part too."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        with _whole(target) as half, _writer(half, self.table) as writer:
            for part in self.parts():
                try:
                    with pq.ParquetFile(part) as rows:
                        for group in range(rows.num_row_groups):
                            writer.write_table(rows.read_row_group(group), row_group_size=BLOCK_ROWS)
                except pa.ArrowException as error:
                    raise OutputError(f"{part}: is damaged ({str(error).splitlines()[0]}); {AGAIN}") from None

    def clear(self) -> None:
        """Remove the parts: they stand in the joined file."""
        self.drop_after(-1)
        if self.folder.exists() and not any(self.folder.iterdir()):
            self.folder.rmdir()

    def need_all(self, epoch: int, parts: Sequence[Part] = (Part.TRAIN, Part.TEST)) -> None:
        """Raises OutputError unless all `parts` up to the end of `epoch` (0: evaluation alone) are there and can be read."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        for number, part in ((e, p) for e in range(epoch + 1) for p in parts if (e, p) != (0, Part.TRAIN)):
            path = self._path(number, part)
            try:
                pq.read_metadata(path)
            except (OSError, pa.ArrowException) as error:
                why = "is missing" if isinstance(error, FileNotFoundError) else "is damaged"
                raise OutputError(f"{path}: {why}; {AGAIN}") from None

    def _path(self, epoch: int, part: Part) -> Path:
        return self.folder / f"part-{epoch:06d}-{part}.parquet"


class PartFile:
    """One part being written, under a temporary name until it is closed. Rows are counted in `rows`."""

    def __init__(self, table: Table, target: Path) -> None:
        self._table, self._target = table, target
        self._half = target.with_name(target.name + HALF)
        self.rows = 0
        with self._refusing():
            target.parent.mkdir(parents=True, exist_ok=True)
            self._writer = _writer(self._half, table)

    def write(self, columns: Columns) -> None:
        """The next rows, in row groups of BLOCK_ROWS. Raises OutputError, and then no file is left."""
        rows = to_arrow(self._table, columns)
        if len(rows):
            self.rows += len(rows)
            with self._refusing():
                self._writer.write_table(rows, row_group_size=BLOCK_ROWS)

    def close(self, late: Columns | None = None) -> Path:
        """The file is whole, with the rows of `late` where they belong."""
        rows = None if late is None else to_arrow(self._table, late)
        with self._refusing():
            self._writer.close()
            if rows is not None and len(rows):
                self.rows += len(rows)
                self._merge(rows)
            self._half.replace(self._target)
        return self._target

    def _merge(self, late: pa.Table) -> None:
        merged = self._half.with_name(f"late-{self._half.name}")
        try:
            with _writer(merged, self._table) as writer:
                for block in with_late(self._half, late, self._table.order, BLOCK_ROWS):
                    writer.write_table(block, row_group_size=BLOCK_ROWS)
            merged.replace(self._half)
        finally:
            merged.unlink(missing_ok=True)

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self._half.unlink(missing_ok=True)
            raise _refusal(self._target, error) from error


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """A temporary name, which becomes `target` when the block ends well."""
    half = target.with_name(target.name + HALF)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield half
        half.replace(target)
    except OSError as error:
        raise _refusal(target, error) from error
    finally:
        half.unlink(missing_ok=True)


def _refusal(target: Path, error: OSError) -> OutputError:
    return OutputError(f"{target}: cannot write the trace ({error.strerror or error}); earlier parts stay readable")


def _writer(path: Path, table: Table) -> Any:
    import pyarrow.parquet as pq

    others = [name for name in table.columns if name not in table.steady]
    return pq.ParquetWriter(
        path, schema(table), compression="zstd", use_dictionary=others,
        column_encoding=dict.fromkeys(table.steady, "DELTA_BINARY_PACKED") or None,
    )  # fmt: skip
