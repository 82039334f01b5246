"""All tables of a run being written: what the recorder hands over and what the counters say, part by part; it asks no question of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from spinn2sim.hardware.counters import Counters
from spinn2sim.hardware.packet import Part
from spinn2sim.hardware.plan import Plan
from spinn2sim.trace.archive import PartFile, TableArchive
from spinn2sim.trace.columns import Columns, RecordedPart
from spinn2sim.trace.recorder import TraceRecorder
from spinn2sim.trace.tables import CHANNELS, PACKETS, PES, ROUTER, TICKS, Table
from spinn2sim.trace.totals import channel_columns, pe_columns, router_columns

TRACED, COUNTED = (PACKETS, TICKS), (CHANNELS, ROUTER, PES)


class Capture:
    """The tables of one run directory: those of the recorder, if there is one, and those of the counters, if there is a plan."""

    def __init__(self, folder: Path, recorder: TraceRecorder | None, plan: Plan | None) -> None:
        self._folder, self._recorder, self._plan = folder, recorder, plan
        tables: tuple[Table, ...] = (*(TRACED if recorder else ()), *(COUNTED if plan else ()))
        self.archives = {table.name: TableArchive(table, folder / table.name) for table in tables}
        self._open: dict[str, PartFile] = {}
        if recorder is not None:
            recorder.sink = self

    def write(self, table: str, part: RecordedPart, columns: Columns) -> None:
        """The next block of a part (called by the recorder)."""
        self._file(table, part).write(columns)

    def end(self, table: str, part: RecordedPart, columns: Columns, late: Columns) -> None:
        """The end of a part (called by the recorder)."""
        file = self._file(table, part)
        file.write(columns)
        file.close(late)
        del self._open[table]

    def end_part(self, epoch: int, part: Part, counters: Counters | None) -> None:
        """A part is over. Its packets may still be on their way to the disk: `wait` for them."""
        if self._recorder is not None:
            self._recorder.close_part()
        if self._plan is not None and counters is not None:
            self._write_counts(CHANNELS, epoch, part, channel_columns(counters))
            self._write_counts(ROUTER, epoch, part, router_columns(counters, self._plan))
            self._write_counts(PES, epoch, part, pe_columns(counters, self._plan))

    def wait(self) -> None:
        """Until every part that is over is on the disk. Raises OutputError when it cannot be."""
        if self._recorder is not None:
            self._recorder.wait()

    def interrupted(self) -> None:
        """Keep what is there of a part that did not end."""
        if self._recorder is not None:
            self._recorder.close_part()
            self._recorder.wait()

    def join(self) -> None:
        """One file for each table. The parts stay: a resumed run goes on with them."""
        for name, archive in self.archives.items():
            archive.join(self._folder / f"{name}.parquet")

    def clear(self) -> None:
        """Remove the parts of all tables."""
        for archive in self.archives.values():
            archive.clear()

    def drop_after(self, epoch: int) -> None:
        """Forget parts of later epochs."""
        for archive in self.archives.values():
            archive.drop_after(epoch)

    def need_all(self, epoch: int, parts: Sequence[Part] = (Part.TRAIN, Part.TEST)) -> None:
        """Raises OutputError unless all `parts` up to the end of `epoch` are there."""
        for archive in self.archives.values():
            archive.need_all(epoch, parts)

    def _file(self, table: str, part: RecordedPart) -> PartFile:
        if table not in self._open:
            self._open[table] = self.archives[table].open_part(part.epoch, part.part)
        return self._open[table]

    def _write_counts(self, table: Table, epoch: int, part: Part, columns: Columns) -> None:
        rows = len(next(iter(columns.values())))
        when: Columns = {"epoch": np.full(rows, epoch, np.int32), "part": np.full(rows, part, np.int8)}
        self.archives[table.name].write_part(epoch, part, when | columns)
