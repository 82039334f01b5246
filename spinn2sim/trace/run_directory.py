"""The run directory: the names of its files, where a new one is made, its metrics line by line, and the digest of its weights."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError, OutputError
from spinn2sim.files.atomic import as_json, refusing, write_text

SCENARIO = "scenario.toml"  # everything resolved; a folder that has one is a run directory
PROVENANCE = "provenance.json"
METRICS = "metrics.jsonl"
WEIGHTS = "weights.npz"
CHECKPOINT = "checkpoint.npz"
RESULTS = "results.npz"
SUMMARY = "summary.json"
AGAIN = "start the run again in another folder"  # what to do when a file of a run is missing or damaged


def new_folder(name: str, out: Path | str | None = None, runs: Path | str = "runs") -> Path:
    """Make a folder for results and return it: `out`, new or empty, or else the first free runs/NAME-N. Raises OutputError."""
    with refusing(Path(runs if out is None else out)):
        folder = _first_free(Path(runs), name) if out is None else _empty(Path(out))
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    return folder


def _first_free(runs: Path, name: str) -> Path:
    runs.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        try:
            (runs / f"{name}-{number}").mkdir()
        except FileExistsError:
            number += 1
        else:
            return runs / f"{name}-{number}"


def _empty(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise OutputError(f"{folder}: found a folder with content, allowed is a new or an empty one")
    return folder


def need_run(folder: Path | str) -> Path:
    """Return the folder of a run. Raises DataError when it is no run directory."""
    folder = Path(folder)
    if not (folder / SCENARIO).is_file():
        found = f"no {SCENARIO} in it" if folder.is_dir() else "no such folder"
        raise DataError(f"{folder}: found {found}, allowed is a run directory")
    return folder


def table_file(folder: Path, table: str) -> Path:
    """The Parquet file of a whole table, written when the run ends."""
    return folder / f"{table}.parquet"


def part_file(folder: Path, table: str, epoch: int, part: int) -> Path:
    """The Parquet file of a table's rows in one part of one epoch, written while the run goes on."""
    return folder / table / f"part-{epoch:06d}-{part}.parquet"


def part_files(folder: Path, table: str) -> list[Path]:
    """The part files of a table that exist, in the order of the run."""
    return sorted((folder / table).glob("part-*.parquet"))


def epoch_of_part(path: Path) -> int:
    """The epoch that a part file's name tells."""
    return int(path.stem.split("-")[1])


def files_of(folder: Path, table: str) -> list[Path]:
    """The files that hold a table: its whole file, or before the run has ended its parts; none if it was not captured."""
    whole = table_file(folder, table)
    return [whole] if whole.exists() else part_files(folder, table)


def append_metrics(folder: Path, line: Mapping[str, object]) -> None:
    """Add one object to the metrics and force it to the disk. If that fails the file is as before. Raises OutputError."""
    path = folder / METRICS
    data = (json.dumps(as_json(line)) + "\n").encode()
    with refusing(path), path.open("ab") as file:
        length = file.tell()
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            os.truncate(path, length)
            raise


def read_metrics(folder: Path) -> list[dict[str, Any]]:
    """The whole lines of the metrics; an unfinished last line is left out. Raises DataError when a line is no JSON object."""
    path = folder / METRICS
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from None
    lines = []
    for number, line in enumerate(text.split(b"\n")[:-1], 1):
        try:
            found = json.loads(line)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise DataError(f"{path}: line {number}: found no JSON object, allowed is one a line")
        lines.append(found)
    return lines


def truncate_metrics(folder: Path, epoch: int) -> None:
    """Keep the lines of epochs 0 to `epoch` alone: what a checkpoint at the end of `epoch` has seen. Raises OutputError, DataError."""
    lines = [line for line in read_metrics(folder) if line.get("epoch", 0) <= epoch]
    write_text(folder / METRICS, "".join(json.dumps(line) + "\n" for line in lines))


def weight_arrays(weights: Sequence[NDArray[np.floating]]) -> dict[str, NDArray[np.floating]]:
    """Weight matrices by the names that they have in weights.npz: weights_0, weights_1, ..."""
    return {f"weights_{k}": matrix for k, matrix in enumerate(weights)}


def weights_sha256(weights: Sequence[NDArray[np.floating]]) -> str:
    """SHA-256 over weights_0, weights_1, ... as little-endian float64 in C order."""
    digest = hashlib.sha256()
    for matrix in weights:
        digest.update(np.ascontiguousarray(matrix, "<f8").tobytes())
    return digest.hexdigest()
