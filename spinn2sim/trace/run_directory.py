"""The run directory: the names of its files, how a new one is made, its metrics line by line, and the digest of its weights."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError, OutputError
from spinn2sim.files.atomic import (
    LOCK,
    append,
    as_json,
    locked,
    make_folder,
    read_json,
    refuse_locked,
    refusing,
    sync_folder,
    unfinished_files,
    write_atomically,
)
from spinn2sim.files.input_file import read_input
from spinn2sim.files.json_reader import parse_object
from spinn2sim.trace.run_schemas import check_line, check_provenance, check_summary
from spinn2sim.trace.table_files import epoch_of_part as epoch_of_part
from spinn2sim.trace.table_files import files_of as files_of
from spinn2sim.trace.table_files import part_file as part_file
from spinn2sim.trace.table_files import part_files as part_files
from spinn2sim.trace.table_files import table_file as table_file

SCENARIO = "scenario.toml"  # the resolved scenario; a folder that has one is a run directory
NETWORK = "network.json"  # of a run of a script's network, in place of the scenario
PROVENANCE = "provenance.json"
METRICS = "metrics.jsonl"
WEIGHTS = "weights.npz"
CHECKPOINT = "checkpoint.npz"
RESULTS = "results.npz"
SUMMARY = "summary.json"
MANIFEST = "manifest.json"
# Of a sweep's directory: the journal, and the file that is written when the sweep has ended. Of an experiment's: what it is.
JOURNAL = "journal.log"
SWEEP_RESULT = "sweep.json"
EXPERIMENT = "experiment.json"
# Of a folder with the runs of several seeds, each in a folder of its own.
SEEDS = "seeds.json"
# The files that may be written before the scenario, which makes the folder a run directory.
BEFORE_SCENARIO = (PROVENANCE, WEIGHTS, MANIFEST)
AGAIN = "start the run again in another folder"  # what to do when a file of a run is missing or damaged


@contextmanager
def new_folder(
    name: str,
    out: Path | str | None = None,
    runs: Path | str = "runs",
    doing: str = "running",
    before: Collection[str] = BEFORE_SCENARIO,
) -> Iterator[Path]:
    """Make a folder for results, `out`, new or empty, or else the first free runs/NAME-N, and lock it for the block.

    `before` are the files that are written before the scenario. They are removed if the block ends early, and if a process was killed
    that early, what it left in `out` does not count as content. Raises OutputError.
    """
    folder = _first_free(Path(runs), name) if out is None else Path(out)
    make_folder(folder)
    refuse_used(folder, doing, before)
    with locked(folder, doing):
        _refuse_content(folder, before)
        with refusing(folder):
            for path in (*unfinished_files(folder), *(folder / name for name in before)):
                path.unlink(missing_ok=True)
        try:
            yield folder
        except BaseException:
            if not is_run(folder):
                for name in before:
                    with suppress(OSError):
                        (folder / name).unlink()
            raise


def refuse_used(out: Path | str | None, doing: str = "running", before: Collection[str] = BEFORE_SCENARIO) -> None:
    """Raise OutputError if `out` is there and `new_folder` would refuse it, so that no one waits for long to be told."""
    if out is not None and Path(out).is_dir():
        refuse_locked(Path(out), doing)
        _refuse_content(Path(out), before)


def _first_free(runs: Path, name: str) -> Path:
    make_folder(runs)
    number = 1
    with refusing(runs):
        while True:
            try:
                (runs / f"{name}-{number}").mkdir()
            except FileExistsError:
                number += 1
            else:
                sync_folder(runs)
                return runs / f"{name}-{number}"


def _refuse_content(folder: Path, before: Collection[str]) -> None:
    with refusing(folder):
        rest = {LOCK, PROVENANCE, *(path.name for path in unfinished_files(folder))}
        if (folder / LOCK).exists():
            rest |= set(before)
        if any(path.name not in rest for path in folder.iterdir()):
            raise OutputError(f"{folder}: found a folder with content, allowed is a new or an empty one")


def is_run(folder: Path) -> bool:
    """Whether a folder is a run directory: of a scenario, or of a script's network."""
    return (folder / SCENARIO).is_file() or (folder / NETWORK).is_file()


def is_several(folder: Path) -> bool:
    """Whether a folder holds the runs of several seeds."""
    return (folder / SEEDS).is_file()


def need_run(folder: Path | str) -> Path:
    """Return the folder of a run. Raises DataError if it is not a run directory."""
    folder = Path(folder)
    if not is_run(folder):
        found = f"no {SCENARIO} in it" if folder.is_dir() else "no such folder"
        if is_several(folder):
            raise DataError(
                f"{folder}: found the runs of several seeds, allowed is one of them, such as {folder}/seed-0"
            )
        raise DataError(f"{folder}: found {found}, allowed is a run directory")
    return folder


def append_metrics(folder: Path, line: Mapping[str, object]) -> None:
    """Add one object to the metrics and force it to the disk. If that fails, the file is as before. Raises OutputError."""
    append(folder / METRICS, (json.dumps(as_json(line)) + "\n").encode())


def read_metrics(folder: Path, whole: bool = False, lines: int | None = None) -> list[dict[str, Any]]:
    """Read the complete lines of the metrics, or the first `lines` of them; an unfinished last line is left out.

    Raises DataError if a line is not what it should be; with `whole` also if it lacks a key that every version wrote.
    """
    path = folder / METRICS
    if not path.exists():
        return []
    text = read_input(path)
    read = []
    for number, line in enumerate(text.split(b"\n")[:-1][:lines], 1):
        where = f"{path}: line {number}"
        found = parse_object(line, where, ", allowed is one a line")
        check_line(found, where, whole)
        read.append(found)
    return read


def read_summary(folder: Path) -> dict[str, Any]:
    """Read how a run ended. Raises DataError if there is no summary.json, or if it is not one."""
    path = folder / SUMMARY
    summary = read_json(path)
    check_summary(summary, str(path))
    return summary


def read_provenance(folder: Path) -> dict[str, Any]:
    """Read where the results in a folder come from. Raises DataError if there is no provenance.json, or if it is not one."""
    path = folder / PROVENANCE
    provenance = read_json(path)
    check_provenance(provenance, str(path))
    return provenance


def truncate_metrics(folder: Path, epoch: int) -> None:
    """Keep only the lines of epochs 0 to `epoch`, as they were at a checkpoint at the end of `epoch`. Raises OutputError, DataError.

    Later lines are not read, since a loss of power may have left anything of them.
    """
    path = folder / METRICS
    lines = read_metrics(folder, lines=epoch + 1)
    texts = read_input(path).split(b"\n") if lines else []
    write_atomically(path, lambda file: file.write(b"".join(text + b"\n" for text in texts[: len(lines)])))


def weight_arrays(
    weights: Sequence[NDArray[np.floating]],
    delays: Sequence[NDArray[np.floating] | None] = (),
    exists: Sequence[NDArray[np.bool_] | None] = (),
) -> dict[str, NDArray[Any]]:
    """Return the arrays of weights.npz by name: weights_k of each projection, and its delays_k and exists_k if it has them."""
    named = {"weights": weights, "delays": delays, "exists": exists}
    return {
        f"{name}_{k}": matrix for name, arrays in named.items() for k, matrix in enumerate(arrays) if matrix is not None
    }


def weights_sha256(weights: Sequence[NDArray[np.floating]]) -> str:
    """Compute the SHA-256 over weights_0, weights_1, ... as little-endian float64 in C order."""
    digest = hashlib.sha256()
    for matrix in weights:
        digest.update(np.ascontiguousarray(matrix, "<f8").tobytes())
    return digest.hexdigest()
