"""The names of a table's files in a run directory: one file for the whole table, and before the run has ended a folder of pieces.

A piece holds the rows of one part of an epoch (part-EEEEEE-P.parquet), or all rows of several epochs (joined-EEEEEE-EEEEEE.parquet), made
from the pieces of these epochs, which it replaces. It gets its name only when it is complete, so that pieces that are still there beside it
do not count any more.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from spinn2sim.errors import DataError

PART_NAME = re.compile(r"part-(\d{6,9})-([012])\.parquet")
JOINED_NAME = re.compile(r"joined-(\d{6,9})-(\d{6,9})\.parquet")
CHIP_FOLDER = re.compile(r"chip-(\d{1,3})-(\d{1,3})")
ALL_PARTS = -1


class Piece(NamedTuple):
    """A file with the rows of the epochs `first` to `last`: of one part, or of all of them (ALL_PARTS)."""

    first: int
    last: int
    part: int
    path: Path


def chip_folder(folder: Path, chip: tuple[int, int]) -> Path:
    """Return the folder of a run that has the tables of one of a board's chips; those of the first chip are in the run's own folder."""
    return folder / f"chip-{chip[0]}-{chip[1]}"


def chip_of_folder(folder: Path) -> tuple[int, int] | None:
    """Return the chip whose tables a folder has by its name; None if it has another name."""
    found = CHIP_FOLDER.fullmatch(folder.absolute().name)
    return (int(found[1]), int(found[2])) if found else None


def chip_folders(folder: Path) -> list[Path]:
    """Return the folders of chips that a run has, by name."""
    return sorted(path for path in folder.glob("chip-*-*") if path.is_dir())


def table_file(folder: Path, table: str) -> Path:
    """Return the path of the Parquet file of a whole table, written when the run ends."""
    return folder / f"{table}.parquet"


def part_file(folder: Path, table: str, epoch: int, part: int) -> Path:
    """Return the path of the Parquet file of a table's rows in one part of one epoch, written during the run."""
    return folder / table / f"part-{epoch:06d}-{part}.parquet"


def joined_file(folder: Path, table: str, first: int, last: int) -> Path:
    """Return the path of the Parquet file of a table's rows in the epochs `first` to `last`, joined during the run."""
    return folder / table / f"joined-{first:06d}-{last:06d}.parquet"


def piece_of(path: Path) -> Piece | None:
    """Return what a file's name says that it holds; None if it is not the name of a piece."""
    if part := PART_NAME.fullmatch(path.name):
        return Piece(int(part[1]), int(part[1]), int(part[2]), path)
    joined = JOINED_NAME.fullmatch(path.name)
    if joined is None or int(joined[1]) > int(joined[2]):
        return None
    return Piece(int(joined[1]), int(joined[2]), ALL_PARTS, path)


def all_pieces(folder: Path, table: str) -> list[Piece]:
    """Return the pieces of a table that exist, in the order of the run; one that others were joined to comes before them."""
    found = [piece for path in (folder / table).glob("*.parquet") if (piece := piece_of(path)) is not None]
    return sorted(found, key=lambda piece: (piece.first, -piece.last, piece.part))


def pieces(folder: Path, table: str) -> list[Piece]:
    """Return the pieces that hold a table's rows, each row once, in the order of the run. Raises DataError if joined epochs overlap."""
    kept: list[Piece] = []
    reached = -1
    for piece in all_pieces(folder, table):
        if piece.last <= reached:
            continue
        if piece.first <= reached:
            raise DataError(
                f"{piece.path}: found epochs that {kept[-1].path.name} has as well, allowed is each epoch once"
            )
        kept.append(piece)
        if piece.part == ALL_PARTS:
            reached = piece.last
    return kept


def part_files(folder: Path, table: str) -> list[Path]:
    """Return the part files of a table that exist, in the order of the run."""
    return [piece.path for piece in all_pieces(folder, table) if piece.part != ALL_PARTS]


def epoch_of_part(path: Path) -> int:
    """Return the last epoch that a piece holds, by its name. Raises ValueError for another file."""
    piece = piece_of(path)
    if piece is None:
        raise ValueError(f"{path} is no piece of a table")
    return piece.last


def files_of(folder: Path, table: str) -> list[Path]:
    """Return the files that hold a table: its whole file, or its pieces before the run has ended; none if it was not captured."""
    whole = table_file(folder, table)
    return [whole] if whole.exists() else [piece.path for piece in pieces(folder, table)]
