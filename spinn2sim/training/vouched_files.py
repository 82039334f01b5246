"""Keeps the manifest of a run in step with its files, so that a run that is killed between any two writes can be resumed."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from spinn2sim.errors import OutputError
from spinn2sim.files.atomic import npz_writer, prepared, refusing, remove, unfinished_files
from spinn2sim.trace.capture import Capture
from spinn2sim.trace.manifest import Manifest, read_manifest, refuse_problems
from spinn2sim.trace.run_directory import (
    AGAIN,
    CHECKPOINT,
    MANIFEST,
    METRICS,
    PROVENANCE,
    RESULTS,
    SCENARIO,
    SUMMARY,
    WEIGHTS,
)
from spinn2sim.trace.table_files import ALL_PARTS, piece_of

Arrays = Mapping[str, NDArray[Any]]


class VouchedFiles:
    """The manifest of a run that is being written. A file is taken out of it before the file's content changes."""

    def __init__(self, folder: Path, capture: Capture) -> None:
        self._folder, self._capture = folder, capture
        self._manifest, self._has_manifest = Manifest(folder), False

    def check(self, epoch: int, has_manifest: bool) -> None:
        """Raise OutputError if files that a run needs to be resumed after `epoch` are not what it wrote.

        The scenario is not checked here: users may edit it, and the checkpoint tells which keys may change. Neither are parts and metrics
        of later epochs, which are made again.
        """
        manifest = read_manifest(self._folder)
        if manifest is None:
            if has_manifest and epoch >= 0:
                raise OutputError(f"{self._folder / MANIFEST}: is missing; {AGAIN}")
            return
        self._manifest, self._has_manifest = manifest, True
        refuse_problems(manifest.problems(name for name in manifest.files if self._is_needed(name, epoch)))

    def _is_needed(self, name: str, epoch: int) -> bool:
        if name == SCENARIO or (name == METRICS and epoch < 0):
            return False
        path = Path(name)
        piece = piece_of(path) if path.parent.as_posix() in self._capture.archives else None
        return piece is None or piece.last <= epoch

    def vouches_for(self, path: Path) -> bool:
        """Whether a file of a part is one that the run has finished. Without a manifest this is any file of a single part."""
        if self._has_manifest:
            return self._manifest.knows(path)
        piece = piece_of(path)
        return piece is not None and piece.part != ALL_PARTS

    def begin(self, resumed: bool) -> None:
        """Begin the manifest: empty for a new run, with the files of the last finished epoch for a resumed one."""
        if resumed:
            self._manifest.settle()
            for name in list(self._manifest.files):
                if not (self._folder / name).exists():
                    self._manifest.forget([self._folder / name])
            self._manifest.record(path for path in self._paths(METRICS, RESULTS, CHECKPOINT) if path.exists())
            # Parts that were restored from the joined tables of a complete run are new.
            self._manifest.record(path for path in self._capture.parts() if not self._manifest.knows(path))
        self.expect_end()

    def take(self, *names: str) -> None:
        """Add files of the run as they are now, and write the manifest."""
        self._manifest.record(self._paths(*names))
        self._manifest.write()

    def write_epoch(self, epoch: int, results: Arrays | None, checkpoint: Arrays) -> None:
        """Write the results, if there are new ones, and the checkpoint of an epoch whose parts and metrics are on the disk.

        Parts of earlier epochs may be joined; the manifest then names the joined file in their place, and they are removed last.

        The manifest announces both before they get their names; the checkpoint gets its name last. Raises OutputError.
        """
        joined = self._capture.compact(epoch - 1)
        replaced = [path for made in joined for path in made.old]
        self._manifest.forget(replaced)
        finished = [*(made.new for made in joined), *self._capture.parts_of(epoch), self._folder / METRICS]
        written = {RESULTS: results, CHECKPOINT: checkpoint}
        with ExitStack() as stack:
            stack.enter_context(refusing(self._folder / CHECKPOINT))
            new = [
                stack.enter_context(prepared(self._folder / name, npz_writer(arrays)))
                for name, arrays in written.items()
                if arrays is not None
            ]
            self._manifest.announce(finished, new)
            for file in new:
                file.commit()
        for path in replaced:  # only now, when neither the manifest nor a start from the checkpoint before needs them
            remove(path)

    def expect_end(self) -> None:
        """Take out the files that the end of a run, or its next start, will write again."""
        self._manifest.forget([*self._paths(PROVENANCE, WEIGHTS, SUMMARY), *self._capture.joined()])
        self._manifest.write()

    def take_end(self, complete: bool) -> None:
        """Add all files that the end of a run wrote. For a complete run, take out the parts, which are removed next."""
        self._manifest.settle()
        self._manifest.record(self._paths(PROVENANCE, WEIGHTS, SUMMARY))
        self._manifest.record(path for path in self._capture.joined() if path.exists())
        if complete:
            tables = self._capture.archives
            self._manifest.forget(
                [self._folder / name for name in list(self._manifest.files) if Path(name).parent.as_posix() in tables]
            )
        self._manifest.write()

    def _paths(self, *names: str) -> list[Path]:
        return [self._folder / name for name in names]


def remove_unfinished(folder: Path) -> None:
    """Remove temporary files that a killed process has left. Raises OutputError."""
    with refusing(folder):
        for path in unfinished_files(folder):
            path.unlink(missing_ok=True)
