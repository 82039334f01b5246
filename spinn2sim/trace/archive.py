"""A table of a run on disk: a Parquet file for each part, joined into one file when the run ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spinn2sim.errors import OutputError
from spinn2sim.files.atomic import unfinished_files
from spinn2sim.hardware.packet import PART_NAMES, Part
from spinn2sim.trace.run_directory import AGAIN, epoch_of_part, part_file, part_files, table_file
from spinn2sim.trace.table_writer import TableWriter
from spinn2sim.trace.tables import Columns, Table

if TYPE_CHECKING:
    import pyarrow as pa


class TableArchive:
    """The files of one table in a run directory: TABLE/part-EEEEEE-P.parquet for each part, and TABLE.parquet."""

    def __init__(self, table: Table, run: Path) -> None:
        self.table, self._run = table, run

    def open_part(self, epoch: int, part: Part) -> TableWriter:
        """Open a part's file, to be written block by block. Raises OutputError if it cannot be opened."""
        return TableWriter(self.table, part_file(self._run, self.table.name, epoch, part))

    def write_part(self, epoch: int, part: Part, columns: Columns) -> Path:
        """Write one part's rows, replacing earlier ones. Raises OutputError, in one line, if that fails."""
        file = self.open_part(epoch, part)
        file.write(columns)
        return file.close()

    def parts(self) -> list[Path]:
        """The part files that exist, in the order of the run."""
        return part_files(self._run, self.table.name)

    def parts_of(self, epoch: int) -> list[Path]:
        """The part files of an epoch that exist."""
        files = (part_file(self._run, self.table.name, epoch, part) for part in Part)
        return [path for path in files if path.exists()]

    def drop_after(self, epoch: int) -> None:
        """Remove the parts of later epochs and unfinished parts, which a resumed run makes again."""
        for path in self.parts():
            if epoch_of_part(path) > epoch:
                path.unlink()
        for path in unfinished_files(self._folder):
            path.unlink()

    def join(self) -> None:
        """Write all parts to one file. The parts are kept for a run that is resumed. Raises OutputError, also for a damaged part."""
        file = TableWriter(self.table, table_file(self._run, self.table.name))
        try:
            for part in self.parts():
                for rows in _row_groups(part):
                    file.write_table(rows)
            file.close()
        finally:
            file.discard()

    def clear(self) -> None:
        """Remove the parts, whose rows are in the joined file."""
        self.drop_after(-1)
        if self._folder.exists() and not any(self._folder.iterdir()):
            self._folder.rmdir()

    def restore(self, epoch: int, parts: Sequence[Part]) -> None:
        """Cut the joined file, if there is one, into those `parts` up to the end of `epoch` that are missing. Raises OutputError.

        Each row group of the joined file belongs to one part, so joining the parts again gives the same bytes.
        """
        whole = table_file(self._run, self.table.name)
        missing = [key for key in _keys(epoch, parts) if not part_file(self._run, self.table.name, *key).exists()]
        if not missing or not whole.exists():
            return
        groups = _row_groups(whole)
        rows = next(groups, None)
        for key in sorted(missing):
            file = self.open_part(*key)
            try:
                while rows is not None and _key_of(rows) <= key:
                    if _key_of(rows) == key:
                        file.write_table(rows)
                    rows = next(groups, None)
                file.close()
            finally:
                file.discard()

    def need_all(self, epoch: int, parts: Sequence[Part] = (Part.TRAIN, Part.TEST)) -> None:
        """Raise OutputError unless all `parts` up to the end of `epoch` (0 is only an evaluation) exist and can be read."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        for number, part in _keys(epoch, parts):
            path = part_file(self._run, self.table.name, number, part)
            try:
                pq.read_metadata(path)
            except (OSError, pa.ArrowException) as error:
                why = "is missing" if isinstance(error, FileNotFoundError) else "is damaged"
                raise OutputError(f"{path}: {why}; {AGAIN}") from None

    @property
    def _folder(self) -> Path:
        return self._run / self.table.name


def _keys(epoch: int, parts: Sequence[Part]) -> list[tuple[int, Part]]:
    """Yield epoch and part of all parts up to the end of `epoch`; epoch 0 has no training."""
    return [(number, part) for number in range(epoch + 1) for part in parts if (number, part) != (0, Part.TRAIN)]


def _key_of(rows: pa.Table) -> tuple[int, Part]:
    """Return epoch and part of the first row."""
    return int(rows["epoch"][0].as_py()), Part(PART_NAMES.index(rows["part"][0].as_py()))


def _row_groups(part: Path) -> Iterator[pa.Table]:
    """Count the row groups of a part file. Raises OutputError if it cannot be read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(part, page_checksum_verification=True) as rows:
            for group in range(rows.num_row_groups):
                yield rows.read_row_group(group)
    except (pa.ArrowException, OSError) as error:
        raise OutputError(f"{part}: is damaged ({str(error).splitlines()[0]}); {AGAIN}") from None
