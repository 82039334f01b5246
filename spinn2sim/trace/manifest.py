"""The manifest of a run directory: size and SHA-256 of every file that the run has finished, and the check of a folder against it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from spinn2sim.errors import DataError, OutputError, quoted
from spinn2sim.files.atomic import NewFile, prepared, read_json, refusing, write_json
from spinn2sim.files.input_file import open_input
from spinn2sim.trace.run_directory import AGAIN, JOURNAL, MANIFEST, METRICS, SUMMARY, SWEEP_RESULT

FORMAT = 1
# A file's name in the folder, in a folder in it, or in one in that; and a SHA-256 in hexadecimal digits.
NAME, DIGEST = re.compile(r"[\w.-]{1,200}(/[\w.-]{1,200}){0,2}", re.ASCII), re.compile(r"[0-9a-f]{64}")
BLOCK = 1 << 20
# Files to which lines are added, each with the file that is written when no more are. Until then their first bytes count.
GROWING = {METRICS: SUMMARY, JOURNAL: SWEEP_RESULT}


class Entry(NamedTuple):
    """The size and the digest by which a file is recognised."""

    size: int
    sha256: str


# Entries by path; None means that the file does not exist.
Entries = dict[str, Entry | None]


class Manifest:
    """The files of a run directory as they should be: `files`, by their path in it.

    The manifest is written before the files that it announces get their names. `before` holds the entries that those files had until then,
    for a run that is killed in between. A file holds if it matches either of the two entries.
    """

    def __init__(self, folder: Path, files: Mapping[str, Entry] = {}, before: Mapping[str, Entry | None] = {}) -> None:
        self.folder, self.files = folder, dict(files)
        self.before: Entries = dict(before)

    def record(self, paths: Iterable[Path]) -> None:
        """Add files of the folder as they are on the disk now."""
        for path in paths:
            self.files[self._name(path)] = entry_of(path)

    def knows(self, path: Path) -> bool:
        """Whether the manifest names a file."""
        return self._name(path) in self.files

    def forget(self, paths: Iterable[Path]) -> None:
        """Leave out files that are about to be changed or removed."""
        for path in paths:
            self.files.pop(self._name(path), None)

    def announce(self, paths: Iterable[Path], new: Iterable[NewFile]) -> None:
        """Write the manifest with `paths` as they are on the disk, and with `new` files, which get their names next. Raises OutputError."""
        old = dict(self.files)
        self.record(paths)
        self.before = {}
        for file in new:
            name = self._name(file.path)
            self.files[name] = entry_of(file.temporary)
            self.before[name] = old.get(name)
        self.before |= {name: entry for name, entry in old.items() if self.files.get(name) != entry}
        self.write()

    def write_announced(self, path: Path, text: str) -> None:
        """Write a text file of the folder, which the manifest announces before it gets its name. Raises OutputError."""
        with prepared(path, lambda file: file.write(text.encode())) as new, refusing(path):
            self.announce([], [new])
            new.commit()

    def settle(self) -> None:
        """Forget the earlier entries, since every file is now as announced."""
        self.before = {}

    def write(self) -> None:
        """Write the manifest, whole or not at all. Raises OutputError."""
        body = {"format": FORMAT, "files": _as_data(self.files), "before": _as_data(self.before)}
        write_json(self.folder / MANIFEST, {**body, "sha256": _digest(body)})

    def problem(self, name: str) -> str | None:
        """Return what is wrong with one of the files, or None if it holds."""
        path, wanted = self.folder / name, self.files[name]
        allowed = [wanted, *([self.before[name]] if name in self.before else [])]
        if path.is_symlink() or not path.is_file():
            if None in allowed and not path.is_symlink():
                return None
            return f"{path}: is missing"
        growing = name in GROWING and GROWING[name] not in self.files
        try:
            found = [entry_of(path, entry.size if growing and entry else None) for entry in allowed]
        except OSError as error:
            return f"{path}: cannot be read: {error.strerror}"
        except DataError as error:
            return str(error)
        if any(one == entry for one, entry in zip(found, allowed, strict=True)):
            return None
        return (
            f"{path}: found SHA-256 {found[0].sha256[:16]}... of {path.stat().st_size} bytes, "
            f"the manifest has {wanted.sha256[:16]}... of {wanted.size}"
        )

    def problems(self, names: Iterable[str] | None = None) -> list[str]:
        """Return a line for each file, of all or of `names`, that is missing or differs."""
        chosen = self.files if names is None else [name for name in names if name in self.files]
        return [said for said in map(self.problem, sorted(chosen)) if said is not None]

    def _name(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()


def entry_of(path: Path, length: int | None = None) -> Entry:
    """Compute size and SHA-256 of a file, or of its first `length` bytes."""
    digest, size = hashlib.sha256(), 0
    with open_input(path) as file:
        while block := file.read(BLOCK if length is None else min(BLOCK, length - size)):
            digest.update(block)
            size += len(block)
    return Entry(size, digest.hexdigest())


def read_manifest(folder: Path) -> Manifest | None:
    """Read the manifest of a run directory; None if it has none. Raises DataError for a damaged one."""
    path = folder / MANIFEST
    if not path.exists():
        return None
    data = read_json(path)
    body = {key: data.get(key) for key in ("format", "files", "before")}
    if data.get("sha256") != _digest(body) or body["format"] != FORMAT:
        raise DataError(f"{path}: is damaged: its own SHA-256 does not fit; {AGAIN}")
    files, before = (_from_data(body[key], f"{path}: is damaged: {key}") for key in ("files", "before"))
    return Manifest(folder, {name: entry for name, entry in files.items() if entry is not None}, before)


def need_unchanged(folder: Path, paths: Iterable[Path]) -> None:
    """Raise OutputError if one of the files differs from the manifest. A run without a manifest is accepted as it is."""
    manifest = read_manifest(folder)
    if manifest is None:
        return
    refuse_problems(manifest.problems(path.relative_to(folder).as_posix() for path in paths))


def refuse_problems(problems: list[str]) -> None:
    """Raise OutputError, which names the first of the problems and counts the others."""
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise OutputError(f"{problems[0]}{more}; {AGAIN}")


def _as_data(entries: Mapping[str, Entry | None]) -> dict[str, dict[str, Any] | None]:
    return {name: None if entry is None else entry._asdict() for name, entry in sorted(entries.items())}


def _from_data(data: Any, where: str) -> Entries:
    """Return the entries of a manifest that was read. Raises DataError for other data, and for names of files outside of its folder."""
    if not isinstance(data, dict):
        raise DataError(f"{where}: found no sizes and SHA-256 of files")
    found: Entries = {}
    for name, entry in data.items():
        if NAME.fullmatch(name) is None or ".." in Path(name).parts:
            raise DataError(f"{where}: found {quoted(name)}, allowed are names of files in the folder")
        found[name] = None if entry is None else _entry(entry, f"{where}: {name}")
    return found


def _entry(entry: Any, where: str) -> Entry:
    size, digest = (entry.get(key) if isinstance(entry, dict) else None for key in Entry._fields)
    if type(size) is not int or size < 0 or not isinstance(digest, str) or DIGEST.fullmatch(digest) is None:
        raise DataError(f"{where}: found no size and SHA-256 of a file")
    return Entry(size, digest)


def _digest(body: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
