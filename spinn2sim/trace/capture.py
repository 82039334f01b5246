"""Writes all tables of a run, part by part: the rows that the recorder selects, and the counters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from spinn2sim.files.atomic import remove
from spinn2sim.hardware.board.board_plan import BoardPlan
from spinn2sim.hardware.counters import Counters
from spinn2sim.hardware.faults.injections import Injections
from spinn2sim.hardware.packet import Part
from spinn2sim.hardware.plan import Plan
from spinn2sim.trace.archive import Replacement, TableArchive
from spinn2sim.trace.board_columns import chip_columns, link_columns
from spinn2sim.trace.columns import channel_columns, fault_columns, pe_columns, router_columns
from spinn2sim.trace.recorder import TraceRecorder
from spinn2sim.trace.recording_elsewhere import ChipFiles
from spinn2sim.trace.table_files import chip_folder
from spinn2sim.trace.table_writer import TableWriter
from spinn2sim.trace.tables import (
    CHANNELS,
    CHIPS,
    CYCLES,
    FAULTS,
    LEARNING,
    LINKS,
    PACKETS,
    PES,
    ROUTER,
    TICKS,
    Columns,
    Table,
)

TRACED, COUNTED = (PACKETS, TICKS), (CHANNELS, ROUTER, PES)


class CountedPart(NamedTuple):
    """What a part left besides packets and wakes."""

    counters: Counters | None
    # What broke; None if nothing can.
    injections: Injections | None = None
    # The rows of the table of cycles; None without programs that keep a ledger.
    cycles: Columns | None = None
    # The counters of each chip of a board.
    chips: Sequence[Counters] = ()


class CapturedBoard(NamedTuple):
    """The chips of a board of which tables are written: all plans, and a recorder for each chip, or none."""

    plans: BoardPlan
    recorders: Sequence[TraceRecorder]


class Capture:
    """The tables of one run directory: those of the recorder, if there is one, and those of the counters, if there is a plan.

    Of a board, `recorder` and `plan` are those of the first chip, which has its tables in the folder of the run. Packets, wakes and
    counters of the other chips are in folders of theirs, if they are recorded. There is a table of all chips, and one of all links.
    """

    def __init__(
        self,
        folder: Path,
        recorder: TraceRecorder | None,
        plan: Plan | None,
        ledgers: bool = False,
        learning: bool = False,
        board: CapturedBoard | None = None,
    ) -> None:
        """`ledgers` tells whether the programs keep ledgers, so that there is a table of cycles, `learning` whether there is one of it."""
        self._folder, self._plan, self._board = folder, plan, board
        broken = (FAULTS,) if plan is not None and plan.faults is not None else ()
        counted = (*COUNTED, *((CYCLES,) if ledgers else ())) if plan else ()
        learned = (LEARNING,) if learning else ()
        of_board = (CHIPS, LINKS) if board is not None else ()
        tables: tuple[Table, ...] = (*(TRACED if recorder else ()), *counted, *broken, *learned, *of_board)
        # By the name of the folder of their pieces.
        self.archives = {table.name: TableArchive(table, folder) for table in tables}
        self._recorders = [] if recorder is None else [(recorder, "")]
        if board is not None and board.recorders:
            chips = board.plans.board.chips
            self._recorders = [
                (one, f"{chip_folder(folder, chip).name}/" if number else "")
                for number, (one, chip) in enumerate(zip(board.recorders, chips, strict=True))
            ]
        for one, where in self._recorders:
            if where:
                inside = folder / where
                self.archives |= {where + table.name: TableArchive(table, inside) for table in (*TRACED, *COUNTED)}
            one.open_writer = partial(self._open_writer, where)
            one.describe = ChipFiles(folder, folder / where).describe

    def end_part(self, epoch: int, part: Part, counted: CountedPart) -> None:
        """Write the counters of a part, what broke, and the rest of its recorded rows. Packets may be on the disk only after `wait`."""
        for recorder, _ in self._recorders:
            recorder.close_part()
        counters = counted.chips[0] if self._board is not None and counted.chips else counted.counters
        if self._plan is not None and counters is not None:
            self._write_chip(epoch, part, self._plan, counters)
        if self._board is not None:
            plans = self._board.plans
            self._write_counts(CHIPS.name, epoch, part, chip_columns(plans, counted.chips))
            self._write_counts(LINKS.name, epoch, part, link_columns(plans, counted.chips))
            for (_, where), plan, own in zip(self._recorders, plans.plans, counted.chips, strict=False):
                if where:
                    self._write_chip(epoch, part, plan, own, where)
        if CYCLES.name in self.archives and counted.cycles is not None:
            self._write_counts(CYCLES.name, epoch, part, counted.cycles)
        if counted.injections is not None:
            self._write_counts(FAULTS.name, epoch, part, fault_columns(counted.injections))

    def _write_chip(self, epoch: int, part: Part, plan: Plan, counters: Counters, where: str = "") -> None:
        """Write the counters of one chip."""
        self._write_counts(where + CHANNELS.name, epoch, part, channel_columns(counters))
        self._write_counts(where + ROUTER.name, epoch, part, router_columns(counters, plan))
        self._write_counts(where + PES.name, epoch, part, pe_columns(counters, plan))

    def write_learning(self, epoch: int, part: Part, columns: Columns) -> None:
        """Write the histograms of an epoch, with its last evaluation."""
        self._write_counts(LEARNING.name, epoch, part, columns)

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
        return [archive.file for archive in self.archives.values()]

    def wait(self) -> None:
        """Wait until all finished parts are on the disk. Raises OutputError if one cannot be written."""
        for recorder, _ in self._recorders:
            recorder.wait()

    def interrupted(self) -> None:
        """Write what was recorded of a part that was interrupted."""
        for recorder, _ in self._recorders:
            recorder.close_part()
        self.wait()
        for archive in self.archives.values():
            archive.drop_unfinished()  # of processes that were ended

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

    def _open_writer(self, where: str, table: Table, epoch: int, part: Part) -> TableWriter:
        return self.archives[where + table.name].open_part(epoch, part)

    def _write_counts(self, name: str, epoch: int, part: Part, columns: Columns) -> None:
        rows = len(next(iter(columns.values())))
        when: Columns = {"epoch": np.full(rows, epoch, np.int32), "part": np.full(rows, part, np.int8)}
        self.archives[name].write_part(epoch, part, when | columns)
