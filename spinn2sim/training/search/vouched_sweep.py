"""The manifest of a sweep's directory, which is kept in step with its files."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from spinn2sim.trace.manifest import Manifest, read_manifest, refuse_problems
from spinn2sim.trace.run_directory import JOURNAL, MANIFEST, PROVENANCE, SCENARIO

SPACE = "space.toml"
# The manifest is written at most once in this time while trials are finished.
PAUSE_S = 1.0


def refuse_changed(folder: Path) -> None:
    """Raise OutputError if a file of a sweep differs from its manifest. A sweep of an older version, which has none, is accepted.

    The scenario may be edited, to correct a path in it; what else it may not say is checked where it is read.
    """
    manifest = read_manifest(folder)
    if manifest is not None:
        refuse_problems(manifest.problems(name for name in manifest.files if name != SCENARIO))


def begin_again(folder: Path) -> None:
    """Leave out of the manifest the files that a resumed sweep writes again; from then on the journal may grow."""
    manifest = read_manifest(folder) or Manifest(folder)
    kept = {folder / SPACE, folder / JOURNAL}
    manifest.forget(path for name in list(manifest.files) if (path := folder / name) not in kept)
    manifest.settle()
    manifest.write()


class VouchedSweep:
    """The manifest of a sweep that is going on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._manifest = read_manifest(folder) or Manifest(folder)
        self._written_s = 0.0

    def take_journal(self) -> None:
        """Let the manifest have the journal as it is now, unless it was written less than PAUSE_S ago."""
        if time.monotonic() - self._written_s > PAUSE_S:
            self._manifest.record([self._folder / JOURNAL])
            self._manifest.write()
            self._written_s = time.monotonic()

    def take_end(self, written: Iterable[Path]) -> None:
        """Add all files of the sweep: those of its beginning, and those that its end has `written`."""
        begun = [self._folder / name for name in (SCENARIO, PROVENANCE, JOURNAL, SPACE)]
        self._manifest.settle()
        self._manifest.record(path for path in (*begun, *written) if path.name != MANIFEST and path.is_file())
        self._manifest.write()
