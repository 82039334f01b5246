"""All tables of a run being written, part by part: what the recorder selects and what the counters say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from spinn2sim.hardware.counters import Counters
from spinn2sim.hardware.packet import Part
from spinn2sim.hardware.plan import Plan
from spinn2sim.trace.archive import TableArchive
from spinn2sim.trace.columns import channel_columns, pe_columns, router_columns
from spinn2sim.trace.recorder import TraceRecorder
from spinn2sim.trace.run_directory import table_file
from spinn2sim.trace.table_writer import TableWriter
from spinn2sim.trace.tables import CHANNELS, PACKETS, PES, ROUTER, TICKS, Columns, Table

TRACED, COUNTED = (PACKETS, TICKS), (CHANNELS, ROUTER, PES)


class Capture:
    """The tables of one run directory: those of the recorder, if there is one, and those of the counters, if there is a plan."""

    def __init__(self, folder: Path, recorder: TraceRecorder | None, plan: Plan | None) -> None:
        self._folder, self._recorder, self._plan = folder, recorder, plan
        tables: tuple[Table, ...] = (*(TRACED if recorder else ()), *(COUNTED if plan else ()))
        self.archives = {table.name: TableArchive(table, folder) for table in tables}
        if recorder is not None:
            recorder.open_writer = self._open_writer

    def end_part(self, epoch: int, part: Part, counters: Counters | None) -> None:
        """Write what a part has counted and the rest of what it recorded. Until `wait`, packets may still be on their way to the disk."""
        if self._recorder is not None:
            self._recorder.close_part()
        if self._plan is not None and counters is not None:
            self._write_counts(CHANNELS, epoch, part, channel_columns(counters))
            self._write_counts(ROUTER, epoch, part, router_columns(counters, self._plan))
            self._write_counts(PES, epoch, part, pe_columns(counters, self._plan))

    def parts_of(self, epoch: int) -> list[Path]:
        """The part files of an epoch, of all tables."""
        return [path for archive in self.archives.values() for path in archive.parts_of(epoch)]

    def parts(self) -> list[Path]:
        """The part files that exist, of all tables."""
        return [path for archive in self.archives.values() for path in archive.parts()]

    def joined(self) -> list[Path]:
        """The files that `join` writes."""
        return [table_file(self._folder, name) for name in self.archives]

    def wait(self) -> None:
        """Wait until every part that is over is on the disk. Raises OutputError when it cannot be written."""
        if self._recorder is not None:
            self._recorder.wait()

    def interrupted(self) -> None:
        """Keep what was recorded of a part that did not end."""
        if self._recorder is not None:
            self._recorder.close_part()
            self._recorder.wait()

    def join(self) -> None:
        """Write one file for each table. The parts stay: a resumed run goes on with them."""
        for archive in self.archives.values():
            archive.join()

    def clear(self) -> None:
        """Remove the parts of all tables."""
        for archive in self.archives.values():
            archive.clear()

    def drop_after(self, epoch: int) -> None:
        """Remove parts of later epochs."""
        for archive in self.archives.values():
            archive.drop_after(epoch)

    def restore(self, epoch: int, parts: Sequence[Part]) -> None:
        """Make the `parts` up to the end of `epoch` again that a complete run has joined and removed."""
        for archive in self.archives.values():
            archive.restore(epoch, parts)

    def need_all(self, epoch: int, parts: Sequence[Part] = (Part.TRAIN, Part.TEST)) -> None:
        """Raises OutputError unless all `parts` up to the end of `epoch` are there."""
        for archive in self.archives.values():
            archive.need_all(epoch, parts)

    def _open_writer(self, table: Table, epoch: int, part: Part) -> TableWriter:
        return self.archives[table.name].open_part(epoch, part)

    def _write_counts(self, table: Table, epoch: int, part: Part, columns: Columns) -> None:
        rows = len(next(iter(columns.values())))
        when: Columns = {"epoch": np.full(rows, epoch, np.int32), "part": np.full(rows, part, np.int8)}
        self.archives[table.name].write_part(epoch, part, when | columns)
