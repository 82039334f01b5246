"""What another process needs to record a chip's part itself: it writes the same files into the folder of the run, if it sees that."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

from spinn2sim.errors import DataError
from spinn2sim.files.input_file import read_input
from spinn2sim.hardware.packet import Part
from spinn2sim.scenario.keys import Trace
from spinn2sim.trace.archive import TableArchive
from spinn2sim.trace.columns import RecordedPart
from spinn2sim.trace.recorder import TraceRecorder
from spinn2sim.trace.run_directory import PROVENANCE
from spinn2sim.trace.table_writer import TableWriter
from spinn2sim.trace.tables import Table


class ChipFiles(NamedTuple):
    """Where a run is, and where the tables of one of its chips are."""

    run: Path
    chip: Path

    def open_writer(self, table: Table, epoch: int, part: Part) -> TableWriter:
        """Open the file of a table's part."""
        return TableArchive(table, self.chip).open_part(epoch, part)

    def digest(self) -> bytes:
        """Return a digest of what no other run has, its provenance with the instant of its begin; nothing if it is not there."""
        try:
            return hashlib.sha256(read_input(self.run / PROVENANCE)).digest()
        except DataError:
            return b""

    def describe(self, trace: Trace, part: RecordedPart, number: int) -> PartElsewhere:
        """Return what another process needs to record a part; `number` is that of the chip's next packet."""
        files = ChipFiles(self.run.resolve(), self.chip.resolve())
        return PartElsewhere(files, files.digest(), trace, part, number)


class PartElsewhere(NamedTuple):
    """A part of a chip that another process is to record."""

    files: ChipFiles
    digest: bytes
    trace: Trace
    part: RecordedPart
    number: int

    def recorder(self) -> TraceRecorder | None:
        """Begin to record in this process; return None if it does not see the folder of the run, as on a machine with other disks."""
        if not self.digest or self.files.digest() != self.digest:
            return None
        recorder = TraceRecorder(self.trace, self.part.copies, self.number)
        recorder.open_writer = self.files.open_writer
        recorder.begin_part(self.part.epoch, self.part.part, self.part.order)
        return recorder
