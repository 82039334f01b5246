"""The run directory: files that are whole or not there, metrics that are whole lines; it never overwrites another run.

Every write goes to a temporary file, is forced to the disk, and takes its name last. So a disk that fills up, or a
machine that
stops, leaves what was written before readable.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import math
import os
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError, OutputError

METRICS, LOCK = "metrics.jsonl", ".lock"
EARLIEST = (1980, 1, 1, 0, 0, 0)  # a zip member's time: a fixed one, so that equal arrays give equal bytes


def choose(name: str, out: Path | str | None = None, runs: Path | str = "runs") -> Path:
    """Make and return the run directory: `out`, new or empty, or else the first free runs/NAME-N. Raises
    OutputError."""
    folder = Path("?") if out is None else Path(out)
    try:
        if out is None:
            folder = _first_free(Path(runs), name)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            if any(folder.iterdir()):
                raise OutputError(f"{folder}: found a folder with content, allowed is a new or an empty one")
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise _refusal(folder if out is not None else Path(runs), error) from None
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


def _refusal(path: Path, error: OSError) -> OutputError:
    if isinstance(error, OutputError):
        return error
    return OutputError(f"{path}: cannot be written: {error.strerror or error}")


@contextmanager
def refusing(path: Path) -> Iterator[None]:
    """Turns an OSError (disk full, no permission) inside the block into an OutputError that names `path`."""
    try:
        yield
    except OSError as error:
        raise _refusal(path, error) from None


@contextmanager
def locked(folder: Path, doing: str) -> Iterator[None]:
    """One process a directory; the lock goes with its process, however that ends. Raises OutputError: who is `doing` what there."""
    with refusing(folder):
        file = (folder / LOCK).open("w")
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OutputError(f"{folder}: another process is {doing} in it") from None
        yield


def write_atomically(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Let `write` fill a temporary file, then give it its name. On any error the old file, if any, stays. Raises
    OutputError."""
    if path.is_dir():
        raise OutputError(f"{path}: cannot be written: it is a folder, allowed is a file")
    temporary = path.with_name(f".{path.name}.part")
    with refusing(path):
        try:
            with temporary.open("wb") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
            _sync_folder(path.parent)
        finally:
            temporary.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    # The new name is on the disk only when its folder is.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8, whole or not at all. Raises OutputError."""
    write_atomically(path, lambda file: file.write(text.encode()))


def write_json(path: Path, value: Mapping[str, object]) -> None:
    """Write a JSON object, whole or not at all; NaN and infinities come out as null. Raises OutputError."""
    write_text(path, json.dumps(plain(value), indent=2) + "\n")


def write_npz(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays as an npz, whole or not at all: equal arrays give equal bytes. Raises OutputError."""

    def write(file: IO[bytes]) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for name, array in arrays.items():
                with archive.open(zipfile.ZipInfo(f"{name}.npy", EARLIEST), "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)

    write_atomically(path, write)


def append_metrics(folder: Path, line: Mapping[str, object]) -> None:
    """Add one object to metrics.jsonl and force it to the disk. If that fails the file is as before. Raises
    OutputError."""
    path = folder / METRICS
    data = (json.dumps(plain(line)) + "\n").encode()
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
    """The whole lines of metrics.jsonl; an unfinished last line is left out. Raises DataError when a line is no
    JSON object."""
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


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file. Raises DataError when it is missing or none."""
    try:
        found = json.loads(path.read_text())
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise DataError(f"{path}: found no JSON object")
    return found


def truncate_metrics(folder: Path, epoch: int) -> None:
    """Keep the lines of epochs 0 .. `epoch` alone: what a checkpoint at the end of `epoch` has seen. Raises
    OutputError, DataError."""
    kept = [line for line in read_metrics(folder) if line.get("epoch", 0) <= epoch]
    write_text(folder / METRICS, "".join(json.dumps(line) + "\n" for line in kept))


def weights_sha256(weights: Sequence[NDArray[np.floating]]) -> str:
    """SHA-256 over weights_0, weights_1, ... as little-endian float64 in C order."""
    digest = hashlib.sha256()
    for matrix in weights:
        digest.update(np.ascontiguousarray(matrix, "<f8").tobytes())
    return digest.hexdigest()


def plain(value: object) -> Any:
    """`value` as JSON: numpy scalars and arrays as numbers and lists; NaN and infinities as None."""
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    return str(value) if isinstance(value, Path) else value
