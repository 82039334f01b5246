"""Writes all tables of a run, part by part: the rows that the recorder selects, and the counters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from spinn2sim.files.atomic import remove
from spinn2sim.hardware.counters import Counters
from spinn2sim.hardware.faults.injections import Injections
from spinn2sim.hardware.packet import Part
from spinn2sim.hardware.plan import Plan
from spinn2sim.trace.archive import Replacement, TableArchive
from spinn2sim.trace.columns import channel_columns, fault_columns, pe_columns, router_columns
from spinn2sim.trace.recorder import TraceRecorder
from spinn2sim.trace.table_files import table_file
from spinn2sim.trace.table_writer import TableWriter
from spinn2sim.trace.tables import CHANNELS, CYCLES, FAULTS, LEARNING, PACKETS, PES, ROUTER, TICKS, Columns, Table

TRACED, COUNTED = (PACKETS, TICKS), (CHANNELS, ROUTER, PES)


class CountedPart(NamedTuple):
    """What a part left besides packets and wakes."""

    counters: Counters | None
    # What broke; None if nothing can.
    injections: Injections | None = None
    # The rows of the table of cycles; None without programs that keep a ledger.
    cycles: Columns | None = None


class Capture:
    """The tables of one run directory: those of the recorder, if there is one, and those of the counters, if there is a plan."""

    def __init__(
        self,
        folder: Path,
        recorder: TraceRecorder | None,
        plan: Plan | None,
        ledgers: bool = False,
        learning: bool = False,
    ) -> None:
        """`ledgers` tells whether the programs keep ledgers, so that there is a table of cycles, `learning` whether there is one of it."""
        self._folder, self._recorder, self._plan = folder, recorder, plan
        broken = (FAULTS,) if plan is not None and plan.faults is not None else ()
        counted = (*COUNTED, *((CYCLES,) if ledgers else ())) if plan else ()
        learned = (LEARNING,) if learning else ()
        tables: tuple[Table, ...] = (*(TRACED if recorder else ()), *counted, *broken, *learned)
        self.archives = {table.name: TableArchive(table, folder) for table in tables}
        if recorder is not None:
            recorder.open_writer = self._open_writer

    def end_part(self, epoch: int, part: Part, counted: CountedPart) -> None:
        """Write the counters of a part, what broke, and the rest of its recorded rows. Packets may be on the disk only after `wait`."""
        if self._recorder is not None:
            self._recorder.close_part()
        counters = counted.counters
        if self._plan is not None and counters is not None:
            self._write_counts(CHANNELS, epoch, part, channel_columns(counters))
            self._write_counts(ROUTER, epoch, part, router_columns(counters, self._plan))
            self._write_counts(PES, epoch, part, pe_columns(counters, self._plan))
        if CYCLES.name in self.archives and counted.cycles is not None:
            self._write_counts(CYCLES, epoch, part, counted.cycles)
        if counted.injections is not None:
            self._write_counts(FAULTS, epoch, part, fault_columns(counted.injections))

    def write_learning(self, epoch: int, part: Part, columns: Columns) -> None:
        """Write the histograms of an epoch, with its last evaluation."""
        self._write_counts(LEARNING, epoch, part, columns)

    @property
    def has_learning(self) -> bool:
        """Whether histograms of each epoch are written."""
        return LEARNING.name in self.archives

    def parts_of(self, epoch: int) -> list[Path]:
        """The part files of an epoch, of all tables."""
        return [path for archive in self.archives.values() for path in archive.parts_of(epoch)]

    def parts(self) -> list[Path]:
        """The files that hold the rows until the run ends, of all tables."""
        return [path for archive in self.archives.values() for path in archive.parts()]

    def compact(self, epoch: int) -> list[Replacement]:
        """Join small files of epochs up to `epoch`, the last one that is safe on the disk. The old files are kept."""
        return [made for archive in self.archives.values() for made in archive.compact(epoch)]

    def joined(self) -> list[Path]:
        """Return the files that `join` writes."""
        return [table_file(self._folder, name) for name in self.archives]

    def wait(self) -> None:
        """Wait until all finished parts are on the disk. Raises OutputError if one cannot be written."""
        if self._recorder is not None:
            self._recorder.wait()

    def interrupted(self) -> None:
        """Write what was recorded of a part that was interrupted."""
        if self._recorder is not None:
            self._recorder.close_part()
            self._recorder.wait()

    def join(self, watch: Callable[[str, int, int], None] | None = None) -> None:
        """Write one file for each table. The parts are kept for a run that is resumed.

        `watch` is called with a table's name, the pieces of it that were joined, and all of them.
        """
        for archive in self.archives.values():
            archive.watch = watch
            archive.join()

    def row_count(self) -> int:
        """Count the rows in the parts of all tables."""
        return sum(archive.row_count() for archive in self.archives.values())

    def drop_joined(self) -> None:
        """Remove the files that `join` wrote, whose rows are in the parts as well."""
        for path in self.joined():
            remove(path)

    def clear(self) -> None:
        """Remove the parts of all tables."""
        for archive in self.archives.values():
            archive.clear()

    def drop_after(self, epoch: int) -> None:
        """Remove parts of later epochs."""
        for archive in self.archives.values():
            archive.drop_after(epoch)

    def drop_unknown(self, known: Callable[[Path], bool]) -> None:
        """Remove the files of parts that `known` does not accept."""
        for archive in self.archives.values():
            archive.drop_unknown(known)

    def restore(self, epoch: int, parts: Sequence[Part]) -> None:
        """Restore the `parts` up to the end of `epoch`, which a complete run has joined and removed."""
        for archive in self.archives.values():
            archive.restore(epoch, parts)

    def need_all(self, epoch: int, parts: Sequence[Part] = (Part.TRAIN, Part.TEST)) -> None:
        """Raise OutputError unless all `parts` up to the end of `epoch` exist."""
        for archive in self.archives.values():
            archive.need_all(epoch, parts)

    def _open_writer(self, table: Table, epoch: int, part: Part) -> TableWriter:
        return self.archives[table.name].open_part(epoch, part)

    def _write_counts(self, table: Table, epoch: int, part: Part, columns: Columns) -> None:
        rows = len(next(iter(columns.values())))
        when: Columns = {"epoch": np.full(rows, epoch, np.int32), "part": np.full(rows, part, np.int8)}
        self.archives[table.name].write_part(epoch, part, when | columns)
