"""A table of a run on disk: a Parquet file for each part of an epoch, joined into fewer files as the run goes, and into one when it ends.

After every EPOCHS_JOINED epochs their pieces are joined to one, after as many of those these again, and so on, so that a run has few files
at any time. An epoch or a piece with BLOCK_ROWS rows or more is left as it is until the end: joining it again and again would take longer
than it saves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from spinn2sim.errors import DataError, OutputError
from spinn2sim.files.atomic import copy_file, remove, unfinished_files
from spinn2sim.hardware.packet import Part
from spinn2sim.trace.reorder_buffer import BLOCK_ROWS
from spinn2sim.trace.row_groups import in_blocks, row_groups
from spinn2sim.trace.run_directory import AGAIN
from spinn2sim.trace.table_check import last_epoch, refuse_unfit, row_count
from spinn2sim.trace.table_files import (
    ALL_PARTS,
    Piece,
    all_pieces,
    joined_file,
    part_file,
    pieces,
    table_file,
)
from spinn2sim.trace.table_writer import TableWriter
from spinn2sim.trace.tables import Columns, Table

EPOCHS_JOINED = 16


class Replacement(NamedTuple):
    """A file that was made from others, and the files that it replaces."""

    new: Path
    old: list[Path]


class TableArchive:
    """The files of one table in a run directory: a folder of pieces, and TABLE.parquet."""

    def __init__(self, table: Table, run: Path) -> None:
        self.table, self._run = table, run
        # Is called with the table's name, the pieces joined so far, and all pieces.
        self.watch: Callable[[str, int, int], None] | None = None
        self._rows: dict[Path, int] = {}

    @property
    def file(self) -> Path:
        """The file that `join` writes."""
        return table_file(self._run, self.table.name)

    def open_part(self, epoch: int, part: Part) -> TableWriter:
        """Open a part's file, to be written block by block. Raises OutputError if it cannot be opened."""
        return TableWriter(self.table, part_file(self._run, self.table.name, epoch, part))

    def write_part(self, epoch: int, part: Part, columns: Columns) -> Path:
        """Write one part's rows, replacing earlier ones. Raises OutputError, in one line, if that fails."""
        file = self.open_part(epoch, part)
        file.write(columns)
        return file.close()

    def parts(self) -> list[Path]:
        """The files that hold the rows until the run ends, in the order of the run."""
        return [piece.path for piece in self._pieces()]

    def parts_of(self, epoch: int) -> list[Path]:
        """The part files of an epoch that exist."""
        files = (part_file(self._run, self.table.name, epoch, part) for part in Part)
        return [path for path in files if path.exists()]

    def drop_after(self, epoch: int) -> None:
        """Remove pieces of later epochs, those that were joined to others, and unfinished files."""
        kept = set(self.parts())
        for piece in all_pieces(self._run, self.table.name):
            if piece.first > epoch or piece.path not in kept:
                remove(piece.path)
            elif piece.last > epoch:
                raise OutputError(f"{piece.path}: found epochs after {epoch}, the run's last; {AGAIN}")
        self.drop_unfinished()

    def drop_unfinished(self) -> None:
        """Remove files that nobody writes any more."""
        for path in unfinished_files(self._folder):
            remove(path)

    def drop_unknown(self, known: Callable[[Path], bool]) -> None:
        """Remove pieces that `known` does not accept, such as those that were joined just before a kill."""
        for piece in all_pieces(self._run, self.table.name):
            if not known(piece.path):
                remove(piece.path)

    def compact(self, epoch: int) -> list[Replacement]:
        """Join small pieces when `epoch`, the last one that is safe on the disk, completes a group of them. The old files are kept.

        Raises OutputError.
        """
        done, span = epoch + 1, 1
        while done > 0 and done % (span * EPOCHS_JOINED) == 0:
            span *= EPOCHS_JOINED
        made = []
        for small in self._small_pieces(done - span, epoch):
            new = joined_file(self._run, self.table.name, small[0].first, small[-1].last)
            self._write_joined(new, small)
            made.append(Replacement(new, [piece.path for piece in small]))
        return made

    def _small_pieces(self, first: int, last: int) -> list[list[Piece]]:
        """Return sequences of neighbouring pieces in the epochs first .. last: each of several epochs with less than BLOCK_ROWS rows."""
        by_epochs: dict[tuple[int, int], list[Piece]] = {}
        for piece in self._pieces():
            if first <= piece.first and piece.last <= last:
                by_epochs.setdefault((piece.first, piece.last), []).append(piece)
        found: list[list[Piece]] = [[]]
        for same in by_epochs.values():
            if sum(self._row_count(piece.path) for piece in same) < BLOCK_ROWS:
                found[-1] += same
            else:
                found.append([])
        return [small for small in found if small and small[0].first < small[-1].first]

    def row_count(self) -> int:
        """Count the rows of all pieces."""
        return sum(self._row_count(path) for path in self.parts())

    def join(self) -> None:
        """Write all pieces to one file. They are kept for a run that is resumed. Raises OutputError, also for a damaged piece."""
        self._write_joined(self.file, self._pieces(), self.watch)

    def _write_joined(
        self, path: Path, joined: Sequence[Piece], watch: Callable[[str, int, int], None] | None = None
    ) -> None:
        file = TableWriter(self.table, path)

        def rows() -> Iterator[object]:
            for number, piece in enumerate(joined):
                yield from row_groups([piece.path], self.table)
                if watch is not None:
                    watch(self.table.name, number + 1, len(joined))

        try:
            for block in in_blocks(rows()):
                file.write_table(block)
            file.close()
        finally:
            file.discard()

    def clear(self) -> None:
        """Remove the pieces, whose rows are in the joined file."""
        self.drop_after(-1)
        if self._folder.exists() and not any(self._folder.iterdir()):
            self._folder.rmdir()

    def restore(self, epoch: int, parts: Sequence[Part]) -> None:
        """Make a piece of the whole table, if there is one, when `parts` up to the end of `epoch` are missing. Raises OutputError."""
        whole = table_file(self._run, self.table.name)
        if whole.exists() and (not self._pieces() if self.table.late else self._missing(epoch, parts)):
            if last_epoch(whole, self.table) > epoch:
                raise OutputError(f"{whole}: found epochs after {epoch}, the run's last; {AGAIN}")
            copy_file(whole, joined_file(self._run, self.table.name, 0, epoch))

    def need_all(self, epoch: int, parts: Sequence[Part] = (Part.TRAIN, Part.TEST)) -> None:
        """Raise OutputError unless all `parts` up to the end of `epoch` (0 is only an evaluation) exist and are what they should be."""
        for path in () if self.table.late else self._missing(epoch, parts):
            raise OutputError(f"{path}: is missing; {AGAIN}")
        for piece in self._pieces():
            if piece.first <= epoch:
                try:
                    refuse_unfit(piece.path, self.table)
                except DataError as error:
                    raise OutputError(f"{error}; {AGAIN}") from None

    def _missing(self, epoch: int, parts: Sequence[Part]) -> list[Path]:
        """Return the part files up to the end of `epoch` that neither exist nor were joined to other pieces."""
        found = self._pieces()
        held = {(piece.first, piece.part) for piece in found}
        joined = [range(piece.first, piece.last + 1) for piece in found if piece.part == ALL_PARTS]
        return [
            part_file(self._run, self.table.name, number, part)
            for number in range(epoch + 1)
            for part in parts
            if (number, part) != (0, Part.TRAIN)
            and (number, part) not in held
            and not any(number in numbers for numbers in joined)
        ]

    def _pieces(self) -> list[Piece]:
        try:
            return pieces(self._run, self.table.name)
        except DataError as error:
            raise OutputError(f"{error}; {AGAIN}") from None

    def _row_count(self, path: Path) -> int:
        if path not in self._rows:
            self._rows[path] = row_count(path)
        return self._rows[path]

    @property
    def _folder(self) -> Path:
        return self._run / self.table.name
